locals {
  users = ["a", "b"]
}

resource "aws_iam_user_policy" "u" {
  for_each = toset(local.users)
  user     = each.key
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["iam:EnableMFADevice", "iam:CreateVirtualMFADevice"]
      Resource = ["arn:aws:iam::*:user/${each.key}", "arn:aws:iam::*:mfa/$${aws:username}"]
    }]
  })
}
