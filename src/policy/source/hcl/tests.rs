//! Terraform files, and what is found in them.

use super::*;
use crate::policy::document::Path;
use crate::policy::generate::Kind;
use crate::policy::source::settle::Assumption;

fn only(text: &str) -> Contents<'_> {
    let file = SourceFile { name: "a.tf", text };
    read(&[file], &[]).contents.remove(0)
}

/// `place: attachments, kind: policy` of each policy of one file.
fn described(text: &str) -> Vec<String> {
    let contents = only(text);
    assert_eq!(contents.problem, None, "{text}");
    (contents.candidates.iter())
        .map(|c| {
            let reading = c.reading(text, "aws", Assumption::Worst).unwrap();
            let kind = c.known.kind.map_or("-", Kind::name);
            let json = reading.document.to_json_compact();
            format!("{}: {:?}, {kind}: {json}", c.place, c.known.attachments)
        })
        .collect()
}

#[test]
fn a_data_source_has_its_users_and_its_places() {
    let text = r#"data "aws_iam_policy_document" "mfa" {
  statement {
    sid         = "DenyAllWithoutMFA"
    effect      = "Deny"
    not_actions = ["iam:GetUser"]
    resources   = ["arn:aws:iam::*:user/&{aws:username}"]

    condition {
      test     = "BoolIfExists"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
  }
}

resource "aws_iam_policy" "mfa" {
  name   = "mfa"
  policy = data.aws_iam_policy_document.mfa.json
}

resource "aws_iam_group_policy_attachment" "mfa" {
  group      = "admins"
  policy_arn = aws_iam_policy.mfa.arn
}
"#;
    assert_eq!(
        described(text),
        [
            r#"data.aws_iam_policy_document.mfa: [Group], managed: {"Version":"2012-10-17","Statement":[{"Sid":"DenyAllWithoutMFA","Effect":"Deny","NotAction":["iam:GetUser"],"Resource":["arn:aws:iam::*:user/${aws:username}"],"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":["false"]}}}]}"#
        ]
    );
    let contents = only(text);
    let spans = contents.candidates[0].places(text, "aws").unwrap();
    let statement = Path::default().key("Statement").index(0);
    let name = |path: &Path| {
        let span = spans.name(path).unwrap();
        (span.line, text[span.bytes].to_owned())
    };
    assert_eq!(
        name(&statement.key("NotAction")),
        (5, "not_actions".to_owned())
    );
    assert_eq!(
        name(&statement.key("Condition").key("BoolIfExists")),
        (9, "\"BoolIfExists\"".to_owned())
    );
}

#[test]
fn jsonencode_heredocs_and_strings_are_policies() {
    let text = r#"
locals {
  account = "123456789012"
}
variable "bucket" {}
variable "partition" {
  default = "aws"
}
resource "aws_iam_user_policy" "a" {
  policy = jsonencode({
    "Version" : "2012-10-17"
    Statement = [{
      Effect   = "Allow", Action = "s3:*"
      Resource = ["arn:${var.partition}:s3:::${var.bucket}/*", "arn:aws:iam::${local.account}:user/$${aws:username}"]
    }]
  })
}
resource "aws_iam_group_policy" "b" {
  policy = <<-EOF
    {
      "Statement": {"Effect": "Allow", "Action": ["s3:*"],
        "Resource": "arn:aws:s3:::${var.bucket}/$${aws:username}"}
    }
  EOF
}
resource "aws_iam_role" "c" {
  assume_role_policy = "{\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":\"*\"}]}"
  inline_policy {
    policy = var.unknown
  }
}
"#;
    assert_eq!(
        described(text),
        [
            r#"aws_iam_user_policy.a.policy: [User], inline-user: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::*/*","arn:aws:iam::123456789012:user/${aws:username}"]}]}"#,
            r#"aws_iam_group_policy.b.policy: [Group], inline-group: {"Statement":{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::*/${aws:username}"}}"#,
            r#"aws_iam_role.c.assume_role_policy: [Trust], trust: {"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}"#,
        ]
    );
    let contents = only(text);
    assert_eq!(contents.unknown, ["aws_iam_role.c.inline_policy"]);
    let spans = contents.candidates[1].places(text, "aws").unwrap();
    let resource = Path::default().key("Statement").key("Resource");
    let span = spans.value(&resource).unwrap();
    assert_eq!(
        (span.line, &text[span.bytes]),
        (22, r#""arn:aws:s3:::${var.bucket}/$${aws:username}""#)
    );
}

#[test]
fn an_unknown_deny_denies_nothing_and_an_unknown_allow_everything() {
    let text = r#"
variable "actions" {}
data "aws_iam_policy_document" "a" {
  source_policy_documents = [module.base.json]
  statement {
    actions   = concat(["s3:GetObject"], var.actions)
    resources = ["*"]
  }
  statement {
    effect      = "Deny"
    not_actions = var.actions
    resources   = ["*"]
  }
  statement {
    effect    = "Deny"
    actions   = ["*"]
    resources = [var.bucket]
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalArn"
      values   = var.actions
    }
  }
  dynamic "statement" {
    for_each = var.more
    content {
      actions   = [statement.value]
      resources = ["*"]
    }
  }
}
"#;
    assert_eq!(
        described(text),
        [
            r#"data.aws_iam_policy_document.a: [], -: {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Allow","Action":["s3:GetObject","*"],"Resource":["*"]},{"Effect":"Deny","NotAction":"*","Resource":["*"]},{"Effect":"Deny","Action":"","Resource":[""]},{"Effect":"Allow","Action":["*"],"Resource":["*"]}]}"#
        ]
    );
}

#[test]
fn documents_are_merged_and_conditions_too() {
    let text = r#"
data "aws_iam_policy_document" "base" {
  statement {
    sid       = "A"
    actions   = ["a:b"]
    resources = ["*"]
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.base.json]
  statement {
    sid       = "A"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]
    condition {
      test     = "Bool"
      variable = "aws:MultiFactorAuthPresent"
      values   = ["false"]
    }
    condition {
      test     = "Bool"
      variable = "aws:ViaAWSService"
      values   = ["false"]
    }
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:root"]
    }
  }
}
"#;
    assert_eq!(
        described(text),
        [
            r#"data.aws_iam_policy_document.all: [], -: {"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Action":["*"],"Resource":["*"],"Principal":{"AWS":["arn:aws:iam::123456789012:root"]},"Condition":{"Bool":{"aws:MultiFactorAuthPresent":["false"],"aws:ViaAWSService":["false"]}}}]}"#
        ]
    );
}

#[test]
fn files_of_one_folder_refer_to_each_other() {
    let files = [
        (
            "a.tf",
            "resource \"aws_iam_policy\" \"p\" {\n  policy = data.aws_iam_policy_document.d.json\n}\nresource \"aws_iam_user_policy\" \"u\" {\n  policy = local.policy\n}\n",
        ),
        (
            "b.tf",
            "data \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = local.actions\n    resources = [\"*\"]\n  }\n}\n",
        ),
        (
            "c.tf",
            "locals {\n  actions = [\"s3:*\"]\n  policy = jsonencode({Statement = {Effect = \"Allow\", Action = \"*\", Resource = \"*\"}})\n}\n",
        ),
        ("d.tf", "resource {{"),
    ];
    let files: Vec<SourceFile<'_>> = files
        .iter()
        .map(|&(name, text)| SourceFile { name, text })
        .collect();
    let contents = read(&files, &[]).contents;
    let places: Vec<Vec<&str>> = (contents.iter())
        .map(|c| c.candidates.iter().map(|c| c.place.as_str()).collect())
        .collect();
    assert_eq!(
        places,
        [
            vec![],
            vec!["data.aws_iam_policy_document.d"],
            vec!["aws_iam_user_policy.u.policy"],
            vec![]
        ]
    );
    assert_eq!(contents[1].candidates[0].known.kind, Some(Kind::Managed));
    assert_eq!(contents[3].problem.as_ref().unwrap().line, 1);
}

#[test]
fn names_that_refer_to_themselves_and_large_values_end() {
    let larger: Vec<String> = (1..40)
        .map(|n| format!("  z{n} = [local.z{0}, local.z{0}, local.z{0}]\n", n - 1))
        .collect();
    let larger = larger.concat();
    let text = format!(
        "locals {{\n  a = local.b\n  b = [local.a, local.a]\n  z0 = [\"x\", \"x\"]\n{larger}}}\nresource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{Statement = [{{Effect = \"Allow\", Action = local.a, Resource = local.z39}}]}})\n}}\n"
    );
    let contents = only(&text);
    assert_eq!(contents.candidates.len(), 1);
}

fn document_with(statement: &str, more: &str) -> String {
    format!(
        "data \"aws_iam_policy_document\" \"d\" {{\n{statement}\n}}\nresource \"aws_iam_group_policy\" \"g\" {{\n  policy = \"${{data.aws_iam_policy_document.d.json}}\"\n}}\n{more}"
    )
}

/// The only policy of a data source that a group has.
fn policy_with(statement: &str, more: &str) -> String {
    let found = described(&document_with(statement, more));
    let [only] = found.as_slice() else {
        panic!("{found:?}");
    };
    let expected = "data.aws_iam_policy_document.d: [Group], inline-group: {\"Version\":\"2012-10-17\",\"Statement\":";
    only.strip_prefix(expected)
        .unwrap()
        .strip_suffix('}')
        .unwrap()
        .to_owned()
}

#[test]
fn of_two_lists_that_are_unknown_only_one_is_there() {
    let generated = r#"
  dynamic "statement" {
    for_each = var.statements
    content {
      effect        = "Allow"
      actions       = statement.value.actions
      not_actions   = lookup(statement.value, "not_actions", null)
      resources     = ["*"]
      not_resources = var.none
    }
  }"#;
    let more =
        "variable \"statements\" {\n  default = []\n}\nvariable \"none\" {\n  default = []\n}\n";
    assert_eq!(
        policy_with(generated, more),
        r#"[{"Effect":"Allow","Action":"*","Resource":["*"]}]"#
    );
}

#[test]
fn a_default_of_nothing_says_nothing() {
    let statement =
        "  statement {\n    actions = [\"s3:GetObject\"]\n    resources = var.buckets\n  }";
    let more = "variable \"buckets\" {\n  default = []\n}\n";
    assert_eq!(
        policy_with(statement, more),
        r#"[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"}]"#
    );
}

#[test]
fn blocks_that_are_generated_of_known_values_are_known() {
    let statement = r#"
  dynamic "statement" {
    for_each = { read = "s3:Get*", write = "s3:Put*" }
    iterator = each_of
    content {
      sid       = each_of.key
      actions   = [each_of.value]
      resources = ["*"]
      dynamic "condition" {
        for_each = ["true"]
        content {
          test     = "Bool"
          variable = "aws:MultiFactorAuthPresent"
          values   = [condition.value]
        }
      }
    }
  }"#;
    let condition = r#""Condition":{"Bool":{"aws:MultiFactorAuthPresent":["true"]}}"#;
    assert_eq!(
        policy_with(statement, ""),
        format!(
            r#"[{{"Sid":"read","Effect":"Allow","Action":["s3:Get*"],"Resource":["*"],{condition}}},{{"Sid":"write","Effect":"Allow","Action":["s3:Put*"],"Resource":["*"],{condition}}}]"#
        )
    );
}

#[test]
fn policies_of_resources_are_known() {
    let found = described(
        "resource \"aws_kms_key\" \"k\" {\n  policy = jsonencode({Statement = {Effect = \"Allow\", Action = \"kms:*\", Resource = \"*\", Principal = \"*\"}})\n}\n",
    );
    assert!(found[0].starts_with("aws_kms_key.k.policy: [Resource], -: "));
}

/// The places of the policies of each file, with what is known of them, and the places that are not known.
fn placed(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files: Vec<SourceFile<'_>> = (files.iter())
        .map(|&(name, text)| SourceFile { name, text })
        .collect();
    let contents = crate::policy::source::read_together(&files);
    (contents.iter())
        .map(|contents| {
            let found = contents.candidates.iter();
            let found = found.map(|c| format!("{}: {:?}", c.place, c.known.attachments));
            let unknown = contents.unknown.iter().map(|place| format!("{place}?"));
            found.chain(unknown).collect()
        })
        .collect()
}

const GROUP: &str = "resource \"aws_iam_group_policy\" \"g\" {\n  policy = ";
const ALLOW: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

#[test]
fn files_and_templates_are_read_from_the_folders_that_are_given() {
    let read = format!("{GROUP}file(\"${{path.module}}/../p/a.json\")\n}}\n");
    let filled = format!("{GROUP}templatefile(\"b.tftpl\", {{ action = \"s3:*\" }})\n}}\n");
    let old = format!(
        "data \"template_file\" \"t\" {{\n  template = file(\"./b.tftpl\")\n  vars = {{ action = \"*\" }}\n}}\n{GROUP}data.template_file.t.rendered\n}}\n"
    );
    let missing = format!("{GROUP}file(\"${{path.module}}/../../etc/p.json\")\n}}\n");
    let template = r#"{"Statement": {"Effect": "Allow", "Action": "${action}", "Resource": "*"}}"#;
    assert_eq!(
        placed(&[("x/a.tf", &read), ("p/a.json", ALLOW)]),
        [vec![], vec![": [Group]".to_owned()]]
    );
    for text in [&filled, &old] {
        assert_eq!(
            placed(&[("x/a.tf", text), ("x/b.tftpl", template)]),
            [
                vec![],
                vec!["aws_iam_group_policy.g.policy: [Group]".to_owned()]
            ]
        );
    }
    assert_eq!(
        placed(&[("x/a.tf", &missing), ("p.json", ALLOW)]),
        [
            vec!["aws_iam_group_policy.g.policy?".to_owned()],
            vec![": []".to_owned()]
        ]
    );
}

#[test]
fn modules_get_what_their_callers_give_and_return_outputs() {
    let call = |name: &str, action: &str| {
        format!("module \"{name}\" {{\n  source = \"./m\"\n  action = \"{action}\"\n}}\n")
    };
    let module = "variable \"action\" {\n  default = \"none:None\"\n}\ndata \"aws_iam_policy_document\" \"d\" {\n  statement {\n    actions = [var.action]\n    resources = [\"*\"]\n  }\n}\noutput \"json\" {\n  value = data.aws_iam_policy_document.d.json\n}\n";
    let action = |calls: &str| {
        let user = format!("{calls}{GROUP}module.a.json\n}}\n");
        let files = [
            SourceFile {
                name: "main.tf",
                text: &user,
            },
            SourceFile {
                name: "m/m.tf",
                text: module,
            },
        ];
        let contents = read(&files, &[]).contents;
        let found = &contents[1].candidates[0];
        assert_eq!(
            found.known.attachments,
            [crate::policy::source::Attachment::Group]
        );
        let reading = found.reading(module, "aws", Assumption::Worst).unwrap();
        let json = reading.document.to_json_compact();
        let rest = json.split_once("\"Action\":[\"").unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    };
    assert_eq!(action(&call("a", "s3:*")), "s3:*");
    // Two callers that differ leave it unknown.
    let both = call("a", "s3:*") + &call("b", "ec2:*");
    assert_eq!(action(&both), "*");
    let same = call("a", "s3:*") + &call("b", "s3:*");
    assert_eq!(action(&same), "s3:*");
}
