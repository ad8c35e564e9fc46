resource "aws_iam_user_policy" "age" {
  user   = "u"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "*", Resource = "*", Condition = { NumericLessThanIfExists = { "aws:MultiFactorAuthAge" = "3600" } } }] })
}
