locals {
  policy = {
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "*"
      Resource  = "*"
      Condition = { Null = { "aws:MultiFactorAuthPresent" = "false" } }
    }]
  }
}

resource "aws_iam_user_policy" "u" {
  user   = "u"
  policy = jsonencode(local.policy)
}
