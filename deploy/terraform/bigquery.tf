# `recollect warehouse init` (the job below) makes the tables and views in these, and lets the analysts' views read the mirror.
resource "google_bigquery_dataset" "mirror" {
  project               = local.bigquery_project
  dataset_id            = var.dataset
  location              = var.bigquery_location
  description           = "Recollect's mirror: every user's history. For operators only."
  max_time_travel_hours = "48"
  depends_on            = [google_project_service.needed]
  lifecycle {
    ignore_changes  = [access]
    prevent_destroy = true
  }
}

resource "google_bigquery_dataset" "analysts" {
  project     = local.bigquery_project
  dataset_id  = "${var.dataset}_analysts"
  location    = var.bigquery_location
  description = "What analysts may read: users who opted in, by user_key, since they did"
  depends_on  = [google_project_service.needed]
  lifecycle {
    ignore_changes = [access]
  }
}
