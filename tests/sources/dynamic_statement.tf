data "aws_iam_policy_document" "mfa" {
  dynamic "statement" {
    for_each = var.enforce ? [1] : []

    content {
      effect    = "Deny"
      actions   = ["*"]
      resources = ["*"]

      condition {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["false"]
      }
    }
  }
}
