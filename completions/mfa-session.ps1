Register-ArgumentCompleter -Native -CommandName mfa-session -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $prev = $env:MFA_SESSION_COMPLETE;
    $env:MFA_SESSION_COMPLETE = "powershell";

    $words = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $_.Value
            } else {
                $_.Extent.Text
            }
        });
    $words += $wordToComplete;

    $results = & mfa-session -- @words;
    if ($null -eq $prev) {
        Remove-Item Env:\MFA_SESSION_COMPLETE;
    } else {
        $env:MFA_SESSION_COMPLETE = $prev;
    }
    $results | ForEach-Object {
        $split = $_.Split("`t");
        $cmd = $split[0];

        if ($split.Length -eq 2) {
            $help = $split[1];
        }
        else {
            $help = $split[0];
        }

        [System.Management.Automation.CompletionResult]::new($cmd, $cmd, 'ParameterValue', $help)
    }
};
        
