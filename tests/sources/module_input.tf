module "group" {
  source = "terraform-aws-modules/iam/aws//modules/iam-group-with-policies"

  custom_group_policies = [
    {
      name   = "mfa"
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [{
          Effect    = "Allow"
          Action    = "*"
          Resource  = "*"
          Condition = { BoolIfExists = { "aws:MultiFactorAuthPresent" = "true" } }
        }]
      })
    }
  ]
}
