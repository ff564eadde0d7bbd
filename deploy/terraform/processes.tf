resource "google_cloud_run_v2_service" "api" {
  name     = "recollect-api"
  location = var.region
  ingress  = var.beside ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"

  template {
    service_account                  = google_service_account.process["api"].email
    timeout                          = "3600s" # subscriptions stay open
    max_instance_request_concurrency = 500
    scaling {
      min_instance_count = var.min_instances
      max_instance_count = var.max_instances
    }
    containers {
      name  = "api"
      image = local.image
      args  = ["serve"]
      ports {
        container_port = 8000
      }
      resources {
        limits = { cpu = "1", memory = "1Gi" }
        # CPU always: it listens for changes between requests.
        cpu_idle          = false
        startup_cpu_boost = true
      }
      startup_probe {
        http_get {
          path = "/healthz"
          port = 8000
        }
        period_seconds    = 2
        failure_threshold = 30
      }
      liveness_probe {
        http_get {
          path = "/healthz"
          port = 8000
        }
        period_seconds = 30
      }
      dynamic "env" {
        for_each = local.environment["api"]
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
      env {
        name  = "RECOLLECT_METRICS_PORT"
        value = "8080"
      }
    }
    containers {
      name       = "metrics"
      image      = local.collector
      depends_on = ["api"]
      resources {
        limits = { cpu = "1", memory = "512Mi" }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.reader]
}

# The exporter serves nobody, so it is a pool of workers.
resource "google_cloud_run_v2_worker_pool" "exporter" {
  name     = "recollect-exporter"
  location = var.region
  scaling {
    manual_instance_count = 1
  }
  template {
    service_account = google_service_account.process["exporter"].email
    containers {
      image = local.image
      args  = ["export"]
      resources {
        limits = { cpu = "1", memory = "1Gi" }
      }
      dynamic "env" {
        for_each = local.environment["exporter"]
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
  depends_on = [google_secret_manager_secret_iam_member.reader]
}

resource "google_cloud_run_v2_service" "client" {
  count    = var.with_client ? 1 : 0
  name     = "recollect-client"
  location = var.region
  ingress  = var.beside ? "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" : "INGRESS_TRAFFIC_ALL"

  template {
    service_account  = google_service_account.process["client"].email
    timeout          = "3600s"
    session_affinity = true # a tab's state is in one process
    scaling {
      min_instance_count = 1
      max_instance_count = 5
    }
    containers {
      image = local.image
      args  = ["client"]
      ports {
        container_port = 8501
      }
      resources {
        limits   = { cpu = "1", memory = "1Gi" }
        cpu_idle = false
      }
      startup_probe {
        http_get {
          path = "/_stcore/health"
          port = 8501
        }
        period_seconds    = 2
        failure_threshold = 30
      }
      env {
        name  = "RECOLLECT_API_URL"
        value = google_cloud_run_v2_service.api.uri
      }
      env {
        name  = "RECOLLECT_IDENTITY"
        value = var.identity
      }
      env {
        name  = "STREAMLIT_SERVER_ALLOWED_HOSTS"
        value = var.client_host
      }
      dynamic "volume_mounts" {
        for_each = local.logins
        content {
          name       = "login"
          mount_path = "/app/.streamlit"
        }
      }
    }
    dynamic "volumes" {
      for_each = local.logins
      content {
        name = "login"
        secret {
          secret = volumes.value
          items {
            path    = "secrets.toml"
            version = "latest"
          }
        }
      }
    }
  }
  depends_on = [google_secret_manager_secret_iam_member.reader]
}

resource "google_cloud_run_v2_service_iam_member" "invokers" {
  for_each = {
    for pair in setproduct(concat([google_cloud_run_v2_service.api.name], google_cloud_run_v2_service.client[*].name), var.invokers) :
    "${pair[0]} ${pair[1]}" => pair
  }
  location = var.region
  name     = each.value[0]
  role     = "roles/run.invoker"
  member   = each.value[1]
}
