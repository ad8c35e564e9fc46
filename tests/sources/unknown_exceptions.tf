variable "exceptions" {}

data "aws_iam_policy_document" "mfa" {
  statement {
    effect      = "Deny"
    not_actions = concat(["iam:GetUser", "sts:GetSessionToken"], var.exceptions)
    resources   = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}
