variable "project" {
  description = "The Google Cloud project."
  type        = string
}

variable "region" {
  description = "Where the processes run, such as europe-west3."
  type        = string
}

variable "firestore_location" {
  description = "Where Firestore lies, such as eur3 or europe-west3. It can't be changed later."
  type        = string
}

variable "bigquery_location" {
  description = "Where BigQuery's datasets lie, such as EU or europe-west3. It can't be changed later."
  type        = string
}

variable "bigquery_project" {
  description = "The project of the datasets, if it is another one."
  type        = string
  default     = null
}

variable "firestore_database" {
  description = "The name of the Firestore database."
  type        = string
  default     = "(default)"
}

variable "dataset" {
  description = "The dataset of the mirror. The analysts' has _analysts after it."
  type        = string
  default     = "recollect"
}

variable "image_tag" {
  description = "The tag of the image in the registry made here: every process runs from it."
  type        = string
}

variable "identity" {
  description = "How callers are known: oidc or iap."
  type        = string
  default     = "oidc"
  validation {
    condition     = contains(["oidc", "iap"], var.identity)
    error_message = "identity is oidc or iap."
  }
}

variable "oidc_issuer" {
  description = "The issuer of the tokens, with oidc."
  type        = string
  default     = ""
}

variable "oidc_audience" {
  description = "Whom the tokens are for, with oidc: the client id of the login."
  type        = string
  default     = ""
}

variable "iap_audience" {
  description = "The audience of the proxy's assertions, with iap: /projects/NUMBER/global/backendServices/ID."
  type        = string
  default     = ""
}

variable "embedder" {
  description = "What finds by meaning: wordllama in the processes, vertex (Vertex AI, which is sent the texts), or none."
  type        = string
  default     = "wordllama"
}

variable "vertex_location" {
  description = "The region in which Vertex AI embeds, with vertex; by default one where the BigQuery datasets lie."
  type        = string
  default     = ""
}

variable "with_client" {
  description = "Whether the Streamlit client runs here too."
  type        = bool
  default     = true
}

variable "client_host" {
  description = "The host name at which browsers reach the client."
  type        = string
  default     = ""
}

variable "beside" {
  description = "Whether this runs behind a load balancer that is there already, such as the answer app's: then services take its traffic alone, and serverless backends for its URL map are made."
  type        = bool
  default     = false
}

variable "invokers" {
  description = "Who may call the services by IAM: allUsers with oidc (the API verifies tokens itself), IAP's service agent with iap."
  type        = list(string)
  default     = ["allUsers"]
}

variable "alert_email" {
  description = "Who hears of alerts and of the budget."
  type        = string
}

variable "billing_account" {
  description = "The billing account of the budget; no budget without it."
  type        = string
  default     = ""
}

variable "budget_amount" {
  description = "What a month may cost before mails are sent, in the account's currency."
  type        = number
  default     = 100
}

variable "min_instances" {
  description = "API instances that always run: 1 where people listen for changes all day."
  type        = number
  default     = 1
}

variable "max_instances" {
  description = "API instances at most."
  type        = number
  default     = 10
}

variable "traced_share" {
  description = "The share of requests whose traces go to Cloud Trace, from 0 (none) to 1 (all), such as 0.05."
  type        = number
  default     = 0
  validation {
    condition     = var.traced_share >= 0 && var.traced_share <= 1
    error_message = "traced_share is between 0 and 1."
  }
}

variable "smtp_host" {
  description = "The mail server, by STARTTLS on port 587; no mails without it. Its password goes into the secret recollect-smtp-password."
  type        = string
  default     = ""
}

variable "smtp_user" {
  description = "The name to sign in with at the mail server."
  type        = string
  default     = ""
}

variable "mail_from" {
  description = "Whom mails come from."
  type        = string
  default     = ""
}

variable "client_url" {
  description = "Where browsers reach the client, for links in mails."
  type        = string
  default     = ""
}

variable "public_api_url" {
  description = "Where browsers reach the API, for the link in mails that ends them."
  type        = string
  default     = ""
}
