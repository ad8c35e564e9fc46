data "aws_iam_policy_document" "same" {
  statement {
    sid         = "DenyAllWithoutMFA"
    effect      = "Deny"
    not_actions = ["iam:EnableMFADevice", "iam:DeleteVirtualMFADevice", "sts:GetSessionToken"]
    resources   = ["*"]

    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }

  statement {
    actions   = ["iam:CreateVirtualMFADevice"]
    resources = ["arn:aws:iam::*:mfa/&{aws:username}"]
  }
}
