resource "aws_iam_user_policy" "u" {
  user = "u"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "iam:CreateVirtualMFADevice"
      Resource = format("arn:%s:iam::%s:mfa/$${aws:username}", var.partition, var.account)
    }]
  })
}
