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
  for_each = toset(["a", "b"])
  policy   = data.aws_iam_policy_document.mfa.json
}

resource "aws_iam_user_policy_attachment" "mfa" {
  for_each   = toset(var.users)
  user       = each.value
  policy_arn = aws_iam_policy.mfa["a"].arn
}
