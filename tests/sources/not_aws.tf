resource "google_project_iam_policy" "p" {
  policy_data = data.google_iam_policy.admin.policy_data
}

resource "aws_ecr_lifecycle_policy" "p" {
  policy = jsonencode({ rules = [{ rulePriority = 1 }] })
}

resource "aws_iam_user_policy" "u" {
  user   = "u"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:Get*", Resource = "*" }] })
}
