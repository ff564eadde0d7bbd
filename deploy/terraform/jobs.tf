locals {
  # What runs, and when (in UTC); without a schedule it is run by hand.
  jobs = {
    init      = { args = ["warehouse", "init"], schedule = null }
    doctor    = { args = ["doctor"], schedule = null }
    backfill  = { args = ["backfill"], schedule = null }
    sweep     = { args = ["sweep"], schedule = "17 * * * *" }
    compact   = { args = ["warehouse", "compact"], schedule = "43 3 * * *" }
    reconcile = { args = ["reconcile"], schedule = "11 4 * * 0" }
    notify    = { args = ["notify"], schedule = var.smtp_host == "" ? null : "7 * * * *" }
  }
}

resource "google_cloud_run_v2_job" "job" {
  for_each = local.jobs
  name     = "recollect-${each.key}"
  location = var.region
  template {
    template {
      service_account = google_service_account.process["jobs"].email
      timeout         = "21600s"
      max_retries     = 1
      containers {
        image = local.image
        args  = each.value.args
        resources {
          limits = { cpu = "1", memory = "1Gi" }
        }
        dynamic "env" {
          for_each = local.environment["jobs"]
          content {
            name  = env.key
            value = env.value.value
            dynamic "value_source" {
              for_each = env.value.secret[*]
              content {
                secret_key_ref {
                  secret  = value_source.value
                  version = "latest"
                }
              }
            }
          }
        }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.reader]
}

resource "google_cloud_run_v2_job_iam_member" "scheduler" {
  for_each = { for name, job in local.jobs : name => job if job.schedule != null }
  location = var.region
  name     = google_cloud_run_v2_job.job[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.process["scheduler"].member
}

resource "google_cloud_scheduler_job" "job" {
  for_each  = { for name, job in local.jobs : name => job if job.schedule != null }
  name      = "recollect-${each.key}"
  region    = var.region
  schedule  = each.value.schedule
  time_zone = "Etc/UTC"
  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.region}/jobs/recollect-${each.key}:run"
    oauth_token {
      service_account_email = google_service_account.process["scheduler"].email
    }
  }
  depends_on = [google_cloud_run_v2_job_iam_member.scheduler]
}
