data "aws_iam_policy_document" "mfa" {
  count = var.enabled ? 1 : 0

  statement {
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = [false]
    }
  }
}

resource "aws_iam_group_policy" "mfa" {
  count  = var.enabled ? 1 : 0
  group  = "admins"
  policy = join("", data.aws_iam_policy_document.mfa.*.json)
}
