resource "google_monitoring_notification_channel" "mail" {
  display_name = "Recollect"
  type         = "email"
  labels       = { email_address = var.alert_email }
  depends_on   = [google_project_service.needed]
}

locals {
  alerts = {
    "API answers with errors" = {
      filter    = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"recollect-api\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.labels.response_code_class = \"5xx\""
      threshold = 0.1
      aligner   = "ALIGN_RATE"
      what      = "Look at the API's log for the request ids, and run the job recollect-doctor."
    }
    "API is slow" = {
      filter    = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"recollect-api\" AND metric.type = \"run.googleapis.com/request_latencies\""
      threshold = 1000
      aligner   = "ALIGN_PERCENTILE_95"
      what      = "See Firestore's latency and the number of instances; raise max_instances."
    }
    "A job failed" = {
      filter    = "resource.type = \"cloud_run_job\" AND metric.type = \"run.googleapis.com/job/completed_execution_count\" AND metric.labels.result = \"failed\""
      threshold = 0
      aligner   = "ALIGN_DELTA"
      what      = "Look at the job's log. reconcile fails if store and mirror differ: run it with --repair."
    }
  }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each     = local.alerts
  display_name = "Recollect: ${each.key}"
  combiner     = "OR"
  conditions {
    display_name = each.key
    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.threshold
      duration        = "300s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = each.value.aligner
      }
    }
  }
  documentation {
    content = each.value.what
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}

# The rules for Prometheus, on the metrics that the API's collector brings to Cloud Monitoring.
resource "google_monitoring_alert_policy" "rule" {
  for_each = {
    for rule in flatten([
      for group in yamldecode(file("${path.module}/../alerts.yaml")).groups : group.rules
      if group.name != "recollect-exporter" && (group.name != "recollect-mails" || var.smtp_host != "")
    ]) : rule.alert => rule
  }
  display_name = each.key
  combiner     = "OR"
  severity     = upper(each.value.labels.severity)
  conditions {
    display_name = each.key
    condition_prometheus_query_language {
      query               = each.value.expr
      duration            = each.value.for
      evaluation_interval = "60s"
      alert_rule          = each.key
    }
  }
  documentation {
    content = "docs/operating.md and docs/slo.md say what ${each.key} means and what to do."
  }
  notification_channels = [google_monitoring_notification_channel.mail.id]
}

resource "google_monitoring_dashboard" "overview" {
  dashboard_json = jsonencode({
    displayName = "Recollect"
    mosaicLayout = {
      columns = 12
      tiles = [
        for number, name in keys(local.alerts) : {
          xPos   = 4 * number
          width  = 4
          height = 4
          widget = {
            title = name
            xyChart = {
              dataSets = [{
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = local.alerts[name].filter
                    aggregation = {
                      alignmentPeriod  = "300s"
                      perSeriesAligner = local.alerts[name].aligner
                    }
                  }
                }
              }]
            }
          }
        }
      ]
    }
  })
  depends_on = [google_project_service.needed]
}

resource "google_billing_budget" "month" {
  count           = var.billing_account == "" ? 0 : 1
  billing_account = var.billing_account
  display_name    = "Recollect"
  budget_filter {
    projects = ["projects/${var.project}"]
  }
  amount {
    specified_amount {
      units = tostring(var.budget_amount)
    }
  }
  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1.0
  }
  all_updates_rule {
    monitoring_notification_channels = [google_monitoring_notification_channel.mail.id]
  }
}
