resource "aws_organizations_policy" "mfa" {
  name = "mfa"
  type = "SERVICE_CONTROL_POLICY"

  content = jsonencode({
    Version = "2012-10-17"
    Statement = {
      Effect    = "Deny"
      Action    = "*"
      Resource  = "*"
      Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "false" } }
    }
  })
}

resource "aws_organizations_policy" "tags" {
  type    = "TAG_POLICY"
  content = "{}"
}
