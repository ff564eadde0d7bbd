locals {
  bigquery_project = coalesce(var.bigquery_project, var.project)

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

  # What they and the exporter are told as well where traces are sent. The sampler decides by itself: Cloud Run's own
  # traceparent has most requests left out.
  trace_settings = var.traced_share == 0 ? {} : {
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT                        = "https://telemetry.googleapis.com/v1/traces"
    OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER = "gcp_http_credentials"
    OTEL_RESOURCE_ATTRIBUTES                                  = "gcp.project_id=${var.project}"
    OTEL_TRACES_SAMPLER                                       = "traceidratio"
    OTEL_TRACES_SAMPLER_ARG                                   = tostring(var.traced_share)
  }

  # Every secret: the variable that it is given as (the client's login is a file), who reads it, whether it is used here.
  declared_secrets = {
    id-key        = { given_as = "RECOLLECT_ID_KEY", readers = ["api", "exporter", "jobs"], used = true }
    smtp-password = { given_as = "RECOLLECT_SMTP_PASSWORD", readers = ["api", "jobs"], used = var.smtp_host != "" }
    client-login  = { given_as = null, readers = ["client"], used = var.with_client && var.identity == "oidc" }
  }
  secrets = { for name, secret in local.declared_secrets : name => secret if secret.used }
  readings = {
    for pair in flatten([for name, secret in local.secrets : [for reader in secret.readers : { secret = name, reader = reader }]]) :
    "${pair.secret} ${pair.reader}" => pair
  }
  logins = [for name, secret in local.secrets : "recollect-${name}" if secret.given_as == null]

  # The variables of each kind of process: a value, or the secret that has it.
  environment = {
    for process, settings in {
      api      = merge(local.settings, local.mail_settings, local.trace_settings)
      exporter = merge(local.settings, local.trace_settings)
      jobs     = merge(local.settings, local.mail_settings, local.trace_settings)
    } :
    process => merge(
      { for name, value in settings : name => { value = value, secret = null } },
      {
        for name, secret in local.secrets : secret.given_as => { value = null, secret = "recollect-${name}" }
        if secret.given_as != null && contains(secret.readers, process)
      },
    )
  }
}
