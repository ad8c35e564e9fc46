data "aws_iam_policy_document" "d" {
  statement {
    effect    = "Deny"
    actions   = local.actions
    resources = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}
