# A service account for each kind of process, with what that needs. docs/deploying.md explains each role.
resource "google_service_account" "process" {
  for_each     = toset(["api", "exporter", "jobs", "client", "scheduler"])
  account_id   = "recollect-${each.value}"
  display_name = "Recollect: ${each.value}"
  depends_on   = [google_project_service.needed]
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

resource "google_project_iam_member" "traces" {
  for_each = toset(var.traced_share == 0 ? [] : ["api", "exporter", "jobs"])
  project  = var.project
  role     = "roles/telemetry.tracesWriter"
  member   = google_service_account.process[each.value].member
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

resource "google_secret_manager_secret" "secret" {
  for_each  = local.secrets
  secret_id = "recollect-${each.key}"
  replication {
    auto {}
  }
  depends_on = [google_project_service.needed]
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each  = local.readings
  secret_id = google_secret_manager_secret.secret[each.value.secret].id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.process[each.value.reader].member
}

# Secrets had names of their own until December 2026. Without these lines Terraform would replace them, and the id key with them.
moved {
  from = google_secret_manager_secret.id_key
  to   = google_secret_manager_secret.secret["id-key"]
}
moved {
  from = google_secret_manager_secret.smtp_password[0]
  to   = google_secret_manager_secret.secret["smtp-password"]
}
moved {
  from = google_secret_manager_secret.login[0]
  to   = google_secret_manager_secret.secret["client-login"]
}
