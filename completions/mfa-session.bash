_clap_complete_mfa_session() {
    local IFS=$'\013'
    local _CLAP_COMPLETE_INDEX=${COMP_CWORD}
    local _CLAP_COMPLETE_COMP_TYPE=${COMP_TYPE}
    if compopt +o nospace 2> /dev/null; then
        local _CLAP_COMPLETE_SPACE=false
    else
        local _CLAP_COMPLETE_SPACE=true
    fi
    local words=("${COMP_WORDS[@]}")
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
    COMPREPLY=( $( \
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$_CLAP_COMPLETE_INDEX" \
        _CLAP_COMPLETE_COMP_TYPE="$_CLAP_COMPLETE_COMP_TYPE" \
        _CLAP_COMPLETE_SPACE="$_CLAP_COMPLETE_SPACE" \
        MFA_SESSION_COMPLETE="bash" \
        "mfa-session" -- "${words[@]}" \
    ) )
    if [[ $? != 0 ]]; then
        unset COMPREPLY
    elif [[ $_CLAP_COMPLETE_SPACE == false ]] && [[ "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _mfa_session_words mfa-session
else
    complete -o nospace -o bashdefault -F _mfa_session_words mfa-session
fi


_mfa_session_words() {
    local glob=
    if [[ $- != *f* ]]; then
        glob=1
        set -f
    fi
    _clap_complete_mfa_session "$@"
    if [[ -n $glob ]]; then
        set +f
    fi
    case ${COMP_WORDS[COMP_CWORD]} in
        [\'\"]*)
            local i
            for i in "${!COMPREPLY[@]}"; do
                case ${COMPREPLY[i]} in
                    *[\'\"]*) unset "COMPREPLY[i]" ;;
                esac
            done
            ;;
    esac
}
