//! Files of every format, and the positions at which their policies are found.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::policy::generate::Kind;
use crate::policy::simulate::Simulator;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","NotAction":"iam:GetUser","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}"#;
const OTHER: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// `place: attachments, kind` of each policy.
fn described(text: &str) -> Vec<String> {
    let contents = read(text);
    assert_eq!(contents.problem, None, "{text}");
    (contents.candidates.iter())
        .map(|c| {
            c.reading(text, "aws", Assumption::Worst).unwrap();
            let kind = c.known.kind.map_or("-", Kind::name);
            format!("{}: {:?}, {kind}", c.place, c.known.attachments)
        })
        .collect()
}

fn places(text: &str) -> Vec<String> {
    let contents = read(text);
    assert_eq!(contents.problem, None, "{text}");
    contents.candidates.into_iter().map(|c| c.place).collect()
}

/// JSON text as the content of a JSON string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn a_file_may_be_the_policy_itself() {
    for text in [
        POLICY.to_owned(),
        OTHER.to_owned(),
        format!("\u{feff}\n {POLICY}\n"),
    ] {
        assert_eq!(described(&text), [": [], -"]);
    }
    // One in a string, as `--query` of the AWS CLI prints it.
    let text = quoted(POLICY);
    let contents = read(&text);
    assert_eq!(contents.candidates[0].text(), Some(POLICY));
    assert!(!contents.candidates[0].is_object());
}

#[test]
fn several_policies_may_be_in_a_list_in_an_object_or_in_sequence() {
    assert_eq!(places(&format!("[{POLICY},{OTHER}]")), ["[0]", "[1]"]);
    assert_eq!(places(&format!("{POLICY}\n{OTHER}\n")), ["[0]", "[1]"]);
    assert_eq!(places(&format!("{POLICY}{OTHER}")), ["[0]", "[1]"]);
    assert_eq!(
        places(&format!(r#"{{"a":{POLICY},"b":{{"c":[1,{OTHER}]}}}}"#)),
        ["a", "b.c[1]"]
    );
    // Policies with escaped characters are found too.
    let escaped = POLICY
        .replace("Statement", "\\u0053tatement")
        .replace("Version", "\\u0056ersion");
    assert_eq!(places(&format!("[{escaped}]")), ["[0]"]);
}

#[test]
fn other_objects_with_a_statement_are_not_policies() {
    let firewall =
        r#"{"Rules":[{"Action":{"Block":{}},"Statement":{"RateBasedStatement":{"Limit":1}}}]}"#;
    for text in [
        firewall,
        "{}",
        "[]",
        "3",
        "\"x\"",
        r#"{"Version":"1.0"}"#,
        "[[],{}]",
    ] {
        let contents = read(text);
        let is_root = text.contains("1.0");
        assert_eq!(contents.candidates.len(), usize::from(is_root), "{text}");
    }
}

#[test]
fn values_that_should_be_policies_are_returned() {
    for (text, expected) in [
        (r#"{"Version":"2012-10-17"}"#, "`Statement`"),
        (r#"[{"Version":"2012-10-17","Statment":[]}]"#, "`Statement`"),
        (r#"{"Statement":"x"}"#, "a statement"),
        (r#"{"PolicyDocument":{}}"#, "`Statement`"),
        (r#"{"PolicyDocument":"{"}"#, "JSON"),
        (r#"{"Effect":"Deny"}"#, "`Statement`"),
    ] {
        let contents = read(text);
        let error = contents.candidates[0]
            .reading(text, "aws", Assumption::Worst)
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
}

#[test]
fn policies_are_found_in_the_output_of_the_aws_cli() {
    let encoded = percent_encoding::utf8_percent_encode(POLICY, percent_encoding::NON_ALPHANUMERIC);
    let cases = [
        (
            format!(r#"{{"UserName":"dev","PolicyName":"p","PolicyDocument":{POLICY}}}"#),
            "PolicyDocument: [User], inline-user",
        ),
        (
            format!(r#"{{"GroupName":"g","PolicyName":"p","PolicyDocument":"{encoded}"}}"#),
            "PolicyDocument: [Group], inline-group",
        ),
        (
            format!(r#"{{"PolicyVersion":{{"Document":{POLICY},"IsDefaultVersion":false}}}}"#),
            "PolicyVersion.Document: [], managed",
        ),
        (
            format!(
                r#"{{"PolicyVersion":{{"Document":{},"VersionId":"v1"}}}}"#,
                quoted(POLICY)
            ),
            "PolicyVersion.Document: [], managed",
        ),
        (
            format!(r#"{{"Role":{{"RoleName":"r","AssumeRolePolicyDocument":{OTHER}}}}}"#),
            "Role.AssumeRolePolicyDocument: [Trust], trust",
        ),
        (
            format!(
                r#"{{"Policy":{{"PolicySummary":{{"Type":"SERVICE_CONTROL_POLICY"}},"Content":{}}}}}"#,
                quoted(POLICY)
            ),
            "Policy.Content: [Scp], scp",
        ),
        (
            format!(r#"{{"InlinePolicy":{}}}"#, quoted(POLICY)),
            "InlinePolicy: [PermissionSet], inline-role",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(described(&text), [expected], "{text}");
    }
}

#[test]
fn policies_are_found_in_the_authorization_details_of_an_account() {
    let text = format!(
        r#"{{
  "UserDetailList": [
    {{"UserName": "dev", "UserPolicyList": [{{"PolicyName": "a", "PolicyDocument": {POLICY}}}],
      "AttachedManagedPolicies": [{{"PolicyName": "m", "PolicyArn": "arn:aws:iam::123456789012:policy/m"}}]}}
  ],
  "GroupDetailList": [{{"GroupName": "g", "GroupPolicyList": [{{"PolicyDocument": {POLICY}}}], "AttachedManagedPolicies": []}}],
  "RoleDetailList": [
    {{"RoleName": "r", "AssumeRolePolicyDocument": {OTHER},
      "RolePolicyList": [{{"PolicyName": "b", "PolicyDocument": {POLICY}}}],
      "AttachedManagedPolicies": [{{"PolicyArn": "arn:aws:iam::123456789012:policy/m"}}]}}
  ],
  "Policies": [
    {{"PolicyName": "m", "Arn": "arn:aws:iam::123456789012:policy/m", "PolicyVersionList": [
      {{"VersionId": "v2", "IsDefaultVersion": false, "Document": {OTHER}}},
      {{"VersionId": "v1", "IsDefaultVersion": true, "Document": {POLICY}}}
    ]}}
  ]
}}"#
    );
    assert_eq!(
        described(&text),
        [
            "UserDetailList[0].UserPolicyList[0].PolicyDocument: [User], inline-user",
            "GroupDetailList[0].GroupPolicyList[0].PolicyDocument: [Group], inline-group",
            "RoleDetailList[0].AssumeRolePolicyDocument: [Trust], trust",
            "RoleDetailList[0].RolePolicyList[0].PolicyDocument: [Role], inline-role",
            "Policies[0].PolicyVersionList[1].Document: [User, Role], managed",
        ]
    );
    let contents = read(&text);
    let last = &contents.candidates[4];
    assert_eq!((last.extent.start.line, last.extent.start.column), (15, 65));
    assert_eq!(last.extent.end.column, 65 + POLICY.len());
}

#[test]
fn policies_are_found_in_a_cloudformation_template() {
    let text = format!(
        r#"{{"AWSTemplateFormatVersion":"2010-09-09","Resources":{{
  "Mfa":{{"Type":"AWS::IAM::ManagedPolicy","Properties":{{"PolicyDocument":{POLICY},"Groups":[{{"Ref":"Admins"}}]}}}},
  "Inline":{{"Type":"AWS::IAM::Policy","Properties":{{"PolicyName":"p","Users":["dev"],"Roles":[],"PolicyDocument":{POLICY}}}}},
  "Role":{{"Type":"AWS::IAM::Role","Properties":{{
    "AssumeRolePolicyDocument":{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":{{"Fn::Sub":"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:root"}}}}}}]}},
    "Policies":[{{"PolicyName":"q","PolicyDocument":{{"Fn::If":["C",{POLICY},{OTHER}]}}}}],
    "ManagedPolicyArns":[{{"Ref":"Mfa"}},"arn:aws:iam::aws:policy/ReadOnlyAccess"]}}}},
  "Set":{{"Type":"AWS::SSO::PermissionSet","Properties":{{"InlinePolicy":{POLICY}}}}},
  "Scp":{{"Type":"AWS::Organizations::Policy","Properties":{{"Type":"SERVICE_CONTROL_POLICY","Content":{POLICY}}}}},
  "Tag":{{"Type":"AWS::Organizations::Policy","Properties":{{"Type":"TAG_POLICY","Content":{{"tags":{{}}}}}}}},
  "Later":{{"Type":"AWS::IAM::ManagedPolicy","Properties":{{"PolicyDocument":{{"Ref":"Document"}}}}}}
}}}}"#
    );
    assert_eq!(
        described(&text),
        [
            "Resources.Mfa.Properties.PolicyDocument: [Group, Role], managed",
            "Resources.Inline.Properties.PolicyDocument: [User], inline-user",
            "Resources.Role.Properties.AssumeRolePolicyDocument: [Trust], trust",
            "Resources.Role.Properties.Policies[0].PolicyDocument.Fn::If[1]: [Role], inline-role",
            "Resources.Role.Properties.Policies[0].PolicyDocument.Fn::If[2]: [Role], inline-role",
            "Resources.Set.Properties.InlinePolicy: [PermissionSet], inline-role",
            "Resources.Scp.Properties.Content: [Scp], scp",
        ]
    );
    let contents = read(&text);
    assert_eq!(
        contents.unknown,
        ["Resources.Later.Properties.PolicyDocument"]
    );
    let reading = contents.candidates[2].reading(&text, "aws-us-gov", Assumption::Worst);
    let settled = reading.unwrap().document.to_json_compact();
    assert!(
        settled.contains("arn:aws-us-gov:iam::123456789012:root"),
        "{settled}"
    );
}

#[test]
fn an_error_in_a_template_has_its_position_in_the_file() {
    let text = "{\n\"Statement\":[{\"Effect\":\"Never\",\n\"Action\":\"*\",\"Resource\":{\"Ref\":\"A\"}}]}";
    let contents = read(text);
    let error = contents.candidates[0]
        .reading(text, "aws", Assumption::Worst)
        .unwrap_err();
    assert_eq!((error.line, error.column), (2, 24));
    assert_eq!(error.path.to_string(), "Statement[0].Effect");
}

#[test]
fn policies_are_found_in_a_terraform_plan() {
    let policy = quoted(POLICY);
    let other = quoted(OTHER);
    let text = format!(
        r#"{{"format_version":"1.2","terraform_version":"1.9.0",
"planned_values":{{"root_module":{{
  "resources":[
    {{"address":"aws_iam_policy.mfa","mode":"managed","type":"aws_iam_policy","name":"mfa","values":{{"name":"mfa","policy":{policy}}},"sensitive_values":{{}}}},
    {{"address":"aws_iam_user_policy.u[\"dev\"]","mode":"managed","type":"aws_iam_user_policy","values":{{"policy":{policy}}}}},
    {{"address":"aws_iam_group_policy.g","mode":"managed","type":"aws_iam_group_policy","values":{{"policy":{policy}}}}},
    {{"address":"aws_iam_role.r","mode":"managed","type":"aws_iam_role","values":{{"assume_role_policy":{other},"inline_policy":[{{"name":"a","policy":{policy}}},{{"name":"","policy":""}}]}}}},
    {{"address":"aws_organizations_policy.o","mode":"managed","type":"aws_organizations_policy","values":{{"content":{policy}}}}},
    {{"address":"aws_organizations_policy.tags","mode":"managed","type":"aws_organizations_policy","values":{{"type":"TAG_POLICY","content":"{{}}"}}}},
    {{"address":"aws_ssoadmin_permission_set_inline_policy.s","mode":"managed","type":"aws_ssoadmin_permission_set_inline_policy","values":{{"inline_policy":{policy}}}}},
    {{"address":"aws_iam_role_policy_attachment.x","mode":"managed","type":"aws_iam_role_policy_attachment","values":{{"role":"r"}}}}
  ],
  "child_modules":[{{"address":"module.m","resources":[
    {{"address":"module.m.aws_sqs_queue_policy.q","mode":"managed","type":"aws_sqs_queue_policy","values":{{"policy":{other}}}}}
  ]}}]
}}}},
"resource_changes":[
  {{"address":"aws_iam_role_policy.later","mode":"managed","type":"aws_iam_role_policy","change":{{"actions":["create"],"after":{{}},"after_unknown":{{"id":true,"policy":true}}}}}},
  {{"address":"aws_iam_role.r","mode":"managed","type":"aws_iam_role","change":{{"after":{{}},"after_unknown":{{"arn":true,"inline_policy":true}}}}}},
  {{"address":"aws_iam_role.n","mode":"managed","type":"aws_iam_role","change":{{"after":{{}},"after_unknown":{{"inline_policy":[{{}},{{"policy":true}}]}}}}}}
],
"prior_state":{{"values":{{"root_module":{{"resources":[
  {{"address":"data.aws_iam_policy_document.mfa","mode":"data","type":"aws_iam_policy_document","values":{{"json":{spaced},"override_policy_documents":[{other}]}}}},
  {{"address":"data.aws_iam_policy_document.unused","mode":"data","type":"aws_iam_policy_document","values":{{"json":{unused}}}}},
  {{"address":"aws_iam_policy.mfa","mode":"managed","type":"aws_iam_policy","values":{{"policy":{policy}}}}}
]}}}}}},
"configuration":{{"root_module":{{"resources":[
  {{"address":"aws_iam_role_policy_attachment.x","type":"aws_iam_role_policy_attachment","expressions":{{"policy_arn":{{"references":["aws_iam_policy.mfa.arn","aws_iam_policy.mfa"]}},"role":{{}}}}}}
]}}}}
}}"#,
        spaced = quoted(&POLICY.replace(",\"Resource\"", " ,\n \"Resource\"")),
        unused = quoted(&POLICY.replace("GetUser", "ListMFADevices")),
    );
    assert_eq!(
        described(&text),
        [
            "aws_iam_policy.mfa.policy: [Role], managed",
            "aws_iam_user_policy.u[\"dev\"].policy: [User], inline-user",
            "aws_iam_group_policy.g.policy: [Group], inline-group",
            "aws_iam_role.r.assume_role_policy: [Trust], trust",
            "aws_organizations_policy.o.content: [Scp], scp",
            "aws_ssoadmin_permission_set_inline_policy.s.inline_policy: [PermissionSet], inline-role",
            "module.m.aws_sqs_queue_policy.q.policy: [Resource], -",
            "data.aws_iam_policy_document.unused.json: [], -",
        ]
    );
    assert_eq!(
        read(&text).unknown,
        [
            "aws_iam_role_policy.later.policy",
            "aws_iam_role.n.inline_policy[1].policy"
        ]
    );
}

/// The decisions on some calls under the policy of a Terraform file, at its worst.
fn decisions(text: &str) -> Vec<bool> {
    let file = SourceFile { name: "a.tf", text };
    let contents = read_together(&[file]).remove(0);
    let policy = contents.candidates[0]
        .reading(text, "aws", Assumption::Worst)
        .unwrap();
    let calls = [
        ("s3:GetObject", "arn:aws:s3:::a/x"),
        ("s3:PutObject", "arn:aws:s3:::b/x"),
        ("iam:GetUser", "arn:aws:iam::123456789012:user/dev"),
    ];
    let mut simulator = Simulator::new();
    (calls.iter())
        .map(|(action, resource)| {
            let allow_all = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
            let question = json!({
                "PolicyInputList": [policy.json(), allow_all],
                "ActionNames": [action],
                "ResourceArns": [resource],
                "CallerArn": "arn:aws:iam::123456789012:user/dev",
            })
            .to_string();
            let simulation = simulator.ask(&question, None).unwrap();
            let answer = serde_json::to_value(simulation.answer()).unwrap();
            answer["EvaluationResults"][0]["EvalDecision"] == "allowed"
        })
        .collect()
}

#[test]
fn whatever_a_value_is_no_more_is_allowed_than_at_the_worst() {
    let statements = [
        "actions = [var.x]\n resources = [\"*\"]",
        "not_actions = [var.x]\n resources = [\"*\"]",
        "actions = [\"iam:*\"]\n resources = [var.x, \"arn:aws:iam::*:user/${var.x}\"]",
        "actions = [\"iam:*\"]\n not_resources = [var.x]",
        "actions = [\"s3:*\", \"iam:*\"]\n resources = [\"*\"]\n condition {\n test = \"StringLike\"\n variable = \"aws:username\"\n values = [var.x]\n }",
        "actions = [\"s3:*\"]\n resources = [\"arn:aws:s3:::${var.x}/*\"]",
    ];
    let values = [
        "*",
        "s3:*",
        "s3:GetObject",
        "iam:GetUser",
        "dev",
        "a",
        "arn:aws:s3:::a/*",
        "none",
    ];
    for effect in ["Allow", "Deny"] {
        for statement in statements {
            let data = format!(
                "data \"aws_iam_policy_document\" \"d\" {{\n statement {{\n effect = \"{effect}\"\n {statement}\n }}\n}}\n"
            );
            let worst = decisions(&data);
            for value in values {
                let known = format!("{data}variable \"x\" {{\n default = \"{value}\"\n}}\n");
                for (known, worst) in decisions(&known).into_iter().zip(&worst) {
                    assert!(*worst || !known, "{effect} {statement} {value}");
                }
            }
        }
    }
}

/// Reads a text in every way; whatever is found has its places in the text.
fn is_read(name: &str, text: &str) {
    for contents in read_together(&[SourceFile { name, text }]) {
        for candidate in &contents.candidates {
            let _ = candidate.reading(text, "aws", Assumption::Worst);
            let _ = candidate.reading(text, "aws", Assumption::Best);
            if let Some(spans) = candidate.places(text, "aws") {
                let whole = spans
                    .value(&crate::policy::document::Path::default())
                    .unwrap();
                assert!(text.get(whole.bytes).is_some(), "{name}: {text}");
            }
        }
    }
}

const TERRAFORM: [&str; 24] = [
    "data \"aws_iam_policy_document\" \"d\" {\n",
    "resource \"aws_iam_policy\" \"p\" {\n",
    "statement {\n",
    "condition {\n",
    "}\n",
    "effect = \"Deny\"\n",
    "actions = ",
    "policy = ",
    "jsonencode(",
    ")",
    "{",
    "[",
    "]",
    ",",
    "\"*\"",
    "var.x",
    "\n",
    "<<EOF\n",
    "EOF\n",
    "${",
    "Statement = ",
    "local.a",
    "locals {\n a = ",
    "\u{e000}é",
];

const YAML: [&str; 22] = [
    "Statement:",
    "\n",
    "  ",
    "- ",
    "Effect: Deny",
    "Action: ",
    "'*'",
    "!Sub ",
    "!If ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&a ",
    "*a",
    "<<: ",
    "| \n",
    "PolicyDocument: ",
    "Version: 2012-10-17",
    "\u{e000}é",
    "---\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_terraform_text_is_read(pieces in prop::collection::vec(prop::sample::select(&TERRAFORM[..]), 0..40)) {
        is_read("a.tf", &pieces.concat());
    }

    #[test]
    fn any_yaml_text_is_read(pieces in prop::collection::vec(prop::sample::select(&YAML[..]), 0..40)) {
        is_read("a.yaml", &pieces.concat());
    }
}
