locals {
  declared = jsondecode(file("${path.module}/../firestore.indexes.json"))
}

resource "google_firestore_database" "memory" {
  name                              = var.firestore_database
  location_id                       = var.firestore_location
  type                              = "FIRESTORE_NATIVE"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = "DELETE_PROTECTION_ENABLED"
  deletion_policy                   = "ABANDON"
  depends_on                        = [google_project_service.needed]
}

resource "google_firestore_backup_schedule" "daily" {
  database  = google_firestore_database.memory.name
  retention = "604800s" # 7 days: erased data is gone from backups after that
  daily_recurrence {}
}

resource "google_firestore_index" "declared" {
  for_each = {
    for index in local.declared.indexes :
    join("/", concat([index.collectionGroup], [for field in index.fields : "${field.fieldPath}:${try(field.order, field.arrayConfig)}"])) => index
  }
  database    = google_firestore_database.memory.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }
}

# Fields that no query uses: an index of each would cost a write and could refuse long texts.
resource "google_firestore_field" "exempt" {
  for_each   = { for field in local.declared.fieldOverrides : "${field.collectionGroup}/${field.fieldPath}" => field }
  database   = google_firestore_database.memory.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath
  index_config {}
}
