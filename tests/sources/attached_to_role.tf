locals {
  before_mfa = [
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "sts:GetSessionToken",
  ]
}

data "aws_iam_policy_document" "mfa" {
  statement {
    sid         = "DenyAllWithoutMFA"
    effect      = "Deny"
    not_actions = local.before_mfa
    resources   = ["*"]

    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

resource "aws_iam_policy" "mfa" {
  policy = data.aws_iam_policy_document.mfa.json
}

resource "aws_iam_role_policy_attachment" "mfa" {
  role       = "admin"
  policy_arn = aws_iam_policy.mfa.arn
}
