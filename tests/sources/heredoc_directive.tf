resource "aws_iam_group_policy" "g" {
  group  = "g"
  policy = <<EOF
{
  "Version": "2012-10-17",
  "Statement": [
    %{ if var.mfa }{"Effect": "Deny", "Action": "*", "Resource": "*"}%{ endif }
  ]
}
EOF
}
