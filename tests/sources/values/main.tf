variable "operator" {
  default = "BoolIfExists"
}

resource "aws_iam_user_policy" "guard" {
  user   = "u"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Deny"
      Action    = "s3:*"
      Resource  = "*"
      Condition = { (var.operator) = { "aws:MultiFactorAuthPresent" = "false" } }
    }]
  })
}
