# Beside an application whose load balancer is there already: backends for its URL map, which docs/deploying.md extends.
resource "google_compute_region_network_endpoint_group" "service" {
  for_each              = var.beside ? toset(concat(["recollect-api"], google_cloud_run_v2_service.client[*].name)) : []
  name                  = each.value
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = each.value
  }
}

resource "google_compute_backend_service" "service" {
  for_each              = google_compute_region_network_endpoint_group.service
  name                  = each.key
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  # A Streamlit tab must reach the same process each time.
  session_affinity = each.key == "recollect-client" ? "GENERATED_COOKIE" : "NONE"
  backend {
    group = each.value.id
  }
  iap {
    enabled = var.identity == "iap"
  }
}
