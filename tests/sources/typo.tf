data "aws_iam_policy_document" "typo" {
  statement {
    effect    = "Deny"
    actions   = ["iam:CreateAccesKey"]
    resources = ["*"]

    condition {
      test     = "BoolIfExist"
      variable = "aws:MultiFactorAuthPresents"
      values   = ["false"]
    }
  }
}
