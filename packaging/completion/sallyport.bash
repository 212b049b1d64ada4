# SPDX-License-Identifier: Apache-2.0
# bash completion of sallyport(1). Names of hosts are data: they are quoted, never evaluated (`compgen -W` would).

_sallyport_offer() {
    local word
    for word in "$@"; do
        if [[ $word == "$cur"* ]]; then COMPREPLY+=("$word"); fi
    done
}

_sallyport_hosts() {
    local name at= # in LOGIN@HOST bash replaces the word from the @ on, though it splits behind it
    if [[ $replaced == @* ]]; then at=@; fi
    cur=${cur#@}
    while IFS= read -r name; do
        if [[ $name == "$cur"* ]]; then COMPREPLY+=("$at$(printf %q "$name")"); fi
    done < <(sallyport complete-hosts </dev/null 2>/dev/null)
}

# Where ssh's own words let a host stand: behind options and their values, or behind LOGIN@.
_sallyport_ssh() {
    local before=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $cur == @* || $before == @ || $before == ssh ]]; then
        _sallyport_hosts
    elif [[ $before == -* && ! $before == -*[BbcDEeFIiJLlmOopQRSWw] ]]; then
        _sallyport_hosts
    elif [[ ${COMP_WORDS[COMP_CWORD - 2]} == -*[BbcDEeFIiJLlmOopQRSWw] ]]; then
        _sallyport_hosts
    else
        compopt -o default
    fi
}

_sallyport() {
    local cur=${COMP_WORDS[COMP_CWORD]} replaced=$2 command= second= word i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        case $word in
            --bastion | --port | --known-hosts) ((i++)) ;;
            -*) ;;
            *) if [[ -z $command ]]; then command=$word; else second=$word; break; fi ;;
        esac
    done
    case "$command $second" in
        " ") _sallyport_offer ssh run setup hosts sessions runs timeline instances audit config --bastion --port --known-hosts --json --utc --help --version ;;
        ssh*) _sallyport_ssh ;;
        "sessions ") _sallyport_offer ls show play export terminate ;;
        "sessions ls") if [[ ${COMP_WORDS[COMP_CWORD - 1]} == --host ]]; then _sallyport_hosts; else
            _sallyport_offer --host --user --workspace --from --to --status --limit; fi ;;
        "sessions play") _sallyport_offer --speed ;;
        "sessions export") _sallyport_offer --format --output ;;
        "sessions terminate") _sallyport_offer --reason ;;
        run*) _sallyport_offer --workspace --limit --tags --skip-tags --check --diff --env --force --snapshot; compopt -o default ;;
        "runs ") _sallyport_offer ls show log cancel ;;
        "runs ls") if [[ ${COMP_WORDS[COMP_CWORD - 1]} == --host ]]; then _sallyport_hosts; else
            _sallyport_offer --host --user --workspace --status --text --from --to --limit; fi ;;
        "runs cancel") _sallyport_offer --reason ;;
        timeline*) if [[ $cur == -* ]]; then _sallyport_offer --user --workspace --run --text --from --to --limit; else _sallyport_hosts; fi ;;
        "instances ") _sallyport_offer ls ;;
        "instances ls") _sallyport_offer --user --from --to --limit ;;
        "audit ") _sallyport_offer tail verify export ;;
        "audit tail") _sallyport_offer --type --session --lines --no-follow ;;
        "audit verify") _sallyport_offer --anchors; compopt -o default ;;
        "config ") _sallyport_offer check ssh ;;
        "config ssh") _sallyport_offer --print ;;
        "config check") _sallyport_offer --config --policy; compopt -o default ;;
        "setup "*) _sallyport_offer --yes --refresh ;;
    esac
}

complete -F _sallyport sallyport
