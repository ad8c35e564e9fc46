data "aws_iam_policy_document" "mfa" {
  statement {
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }

    dynamic "condition" {
      for_each = var.networks
      content {
        test     = "NotIpAddress"
        variable = "aws:SourceIp"
        values   = [condition.value]
      }
    }
  }
}
