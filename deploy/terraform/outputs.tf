output "api_url" {
  description = "Where the API is, unless a load balancer is in front."
  value       = google_cloud_run_v2_service.api.uri
}

output "image" {
  description = "The image to build and push before the processes can start."
  value       = local.image
}

output "backends" {
  description = "The backends for the URL map of the load balancer that is there."
  value       = { for name, service in google_compute_backend_service.service : name => service.id }
}
