resource "aws_iam_user_policy" "odd" {
  user   = "u"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Action = "*", Resource = "*", Condition = { StringEquals = { "aws:MultiFactorAuthPresent" = "false" } } }] })
}
