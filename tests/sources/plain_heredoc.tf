resource "aws_iam_group_policy" "g" {
  group  = "g"
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": ["${var.action}"],
    "Resource": ${jsonencode(var.resources)}
  }
}
EOF
}
