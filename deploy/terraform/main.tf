locals {
  bigquery_project = coalesce(var.bigquery_project, var.project)
  image            = "${var.region}-docker.pkg.dev/${var.project}/recollect/recollect:${var.image_tag}"

  # Collects the API's metrics every 30 s, from port 8080 unless it is told otherwise.
  collector = "us-docker.pkg.dev/cloud-ops-agents-artifacts/cloud-run-gmp-sidecar/cloud-run-gmp-sidecar:1.2.0"

  # What every process that touches data is told. docs/settings.md has the meaning of each.
  settings = {
    RECOLLECT_STORE              = "firestore"
    RECOLLECT_WAREHOUSE          = "bigquery"
    RECOLLECT_PROJECT            = var.project
    RECOLLECT_FIRESTORE_DATABASE = var.firestore_database
    RECOLLECT_BIGQUERY_PROJECT   = local.bigquery_project
    RECOLLECT_LOCATION           = var.bigquery_location
    RECOLLECT_DATASET            = var.dataset
    RECOLLECT_EMBEDDER           = var.embedder
    RECOLLECT_VERTEX_LOCATION    = var.vertex_location
    RECOLLECT_IDENTITY           = var.identity
    RECOLLECT_OIDC_ISSUER        = var.oidc_issuer
    RECOLLECT_OIDC_AUDIENCE      = var.oidc_audience
    RECOLLECT_IAP_AUDIENCE       = var.iap_audience
    RECOLLECT_LOG_FORMAT         = "google"
  }

  # What the API and the jobs are told as well where mails are sent. The password is a secret.
  mail_settings = var.smtp_host == "" ? {} : {
    RECOLLECT_SMTP_HOST      = var.smtp_host
    RECOLLECT_SMTP_USER      = var.smtp_user
    RECOLLECT_MAIL_FROM      = var.mail_from
    RECOLLECT_CLIENT_URL     = var.client_url
    RECOLLECT_PUBLIC_API_URL = var.public_api_url
  }
}

resource "google_project_service" "needed" {
  for_each = toset([
    "aiplatform.googleapis.com",
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "iap.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])
  service            = each.value
  disable_on_destroy = false
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "recollect"
  location      = var.region
  format        = "DOCKER"
  description   = "Recollect's image"
  depends_on    = [google_project_service.needed]
}
