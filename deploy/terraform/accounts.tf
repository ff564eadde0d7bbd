# A service account for each kind of process, with what that needs. docs/deploying.md explains each role.
resource "google_service_account" "process" {
  for_each     = toset(["api", "exporter", "jobs", "client", "scheduler"])
  account_id   = "recollect-${each.value}"
  display_name = "Recollect: ${each.value}"
}

resource "google_project_iam_member" "firestore" {
  for_each = toset(["api", "exporter", "jobs"])
  project  = var.project
  role     = "roles/datastore.user"
  member   = google_service_account.process[each.value].member
}

resource "google_project_iam_member" "queries" {
  for_each = toset(["api", "exporter", "jobs"])
  project  = local.bigquery_project
  role     = "roles/bigquery.jobUser"
  member   = google_service_account.process[each.value].member
}

resource "google_project_iam_member" "metrics" {
  project = var.project
  role    = "roles/monitoring.metricWriter"
  member  = google_service_account.process["api"].member
}

resource "google_project_iam_member" "embeddings" {
  for_each = toset(var.embedder == "vertex" ? ["api", "exporter", "jobs"] : [])
  project  = var.project
  role     = "roles/aiplatform.user"
  member   = google_service_account.process[each.value].member
}

resource "google_bigquery_dataset_iam_member" "rows" {
  for_each   = toset(["api", "exporter"])
  project    = local.bigquery_project
  dataset_id = google_bigquery_dataset.mirror.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_service_account.process[each.value].member
}

resource "google_bigquery_dataset_iam_member" "definitions" {
  for_each = {
    mirror   = google_bigquery_dataset.mirror.dataset_id
    analysts = google_bigquery_dataset.analysts.dataset_id
  }
  project    = local.bigquery_project
  dataset_id = each.value
  role       = "roles/bigquery.dataOwner"
  member     = google_service_account.process["jobs"].member
}

resource "google_secret_manager_secret" "id_key" {
  secret_id = "recollect-id-key"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret" "login" {
  count     = var.with_client && var.identity == "oidc" ? 1 : 0
  secret_id = "recollect-client-login"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret" "smtp_password" {
  count     = var.smtp_host == "" ? 0 : 1
  secret_id = "recollect-smtp-password"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "smtp_password" {
  for_each  = var.smtp_host == "" ? toset([]) : toset(["api", "jobs"])
  secret_id = google_secret_manager_secret.smtp_password[0].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.process[each.value].member
}

resource "google_secret_manager_secret_iam_member" "id_key" {
  for_each  = toset(["api", "exporter", "jobs"])
  secret_id = google_secret_manager_secret.id_key.id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.process[each.value].member
}

resource "google_secret_manager_secret_iam_member" "login" {
  count     = length(google_secret_manager_secret.login)
  secret_id = google_secret_manager_secret.login[0].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.process["client"].member
}
