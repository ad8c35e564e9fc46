set edit:completion:arg-completer[mfa-session] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) MFA_SESSION_COMPLETE="elvish" mfa-session -- $@words) | to-lines
}
