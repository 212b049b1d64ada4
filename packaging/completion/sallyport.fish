# SPDX-License-Identifier: Apache-2.0
# fish completion of sallyport(1). Names of hosts are data: fish quotes what it inserts and evaluates none of it.
function __sallyport_hosts
    set -l login (string match -r '^.*@' -- (commandline -ct))
    for name in (sallyport complete-hosts </dev/null 2>/dev/null)
        printf '%s%s\n' "$login" $name
    end
end

function __sallyport_is
    set -l words (commandline -opc)
    test (count $words) -gt (count $argv); and test "$words[2..]" = "$argv"
end

function __sallyport_starts
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = "$argv"
end

complete -c sallyport -f
complete -c sallyport -n __fish_use_subcommand -a 'ssh run setup hosts sessions runs timeline instances audit config'
complete -c sallyport -n __fish_use_subcommand -l bastion -x -d 'name or address'
complete -c sallyport -n __fish_use_subcommand -l port -x -d 'its SSH port'
complete -c sallyport -n __fish_use_subcommand -l known-hosts -r -F -d 'file with its host key'
complete -c sallyport -l json -d 'print JSON'
complete -c sallyport -l utc -d 'show times in UTC'
complete -c sallyport -l help -d 'print help'
complete -c sallyport -n __fish_use_subcommand -l version -d 'print the version'
complete -c sallyport -n '__fish_seen_subcommand_from ssh' -a '(__sallyport_hosts)'
complete -c sallyport -n '__fish_seen_subcommand_from setup' -l yes -d 'the fingerprint was compared already'
complete -c sallyport -n '__fish_seen_subcommand_from setup' -l refresh -d 'take the host keys of now'
complete -c sallyport -n '__sallyport_is sessions' -a 'ls show play export terminate'
complete -c sallyport -n '__fish_seen_subcommand_from ls' -l host -x -a '(__sallyport_hosts)'
for name in user workspace from to limit
    complete -c sallyport -n '__fish_seen_subcommand_from ls' -l $name -x
end
complete -c sallyport -n '__fish_seen_subcommand_from ls' -l status -x -a 'open ended running success failed cancelled lost'
complete -c sallyport -n '__fish_seen_subcommand_from play' -l speed -x
complete -c sallyport -n '__fish_seen_subcommand_from sessions' -l format -x -a 'asciicast raw text'
complete -c sallyport -n '__fish_seen_subcommand_from sessions' -l output -r -F
complete -c sallyport -n '__fish_seen_subcommand_from terminate' -l reason -x
for name in limit tags skip-tags env
    complete -c sallyport -n '__sallyport_starts run' -l $name -x
end
for name in check diff force snapshot
    complete -c sallyport -n '__sallyport_starts run' -l $name
end
complete -c sallyport -n '__sallyport_starts run' -l workspace -r -F
complete -c sallyport -n '__sallyport_is runs' -a 'ls show log cancel'
complete -c sallyport -n '__fish_seen_subcommand_from cancel' -l reason -x
complete -c sallyport -n '__sallyport_starts timeline' -a '(__sallyport_hosts)'
for name in user workspace run text from to limit
    complete -c sallyport -n '__sallyport_starts timeline' -l $name -x
end
complete -c sallyport -n '__fish_seen_subcommand_from ls' -l text -x
complete -c sallyport -n '__sallyport_is instances' -a ls
complete -c sallyport -n '__sallyport_is audit' -a 'tail verify export'
complete -c sallyport -n '__fish_seen_subcommand_from tail' -l type -x
complete -c sallyport -n '__fish_seen_subcommand_from tail' -l session -x
complete -c sallyport -n '__fish_seen_subcommand_from tail' -l lines -x
complete -c sallyport -n '__fish_seen_subcommand_from tail' -l no-follow
complete -c sallyport -n '__fish_seen_subcommand_from verify' -F -l anchors -r
complete -c sallyport -n '__sallyport_is config' -a 'check ssh'
complete -c sallyport -n '__sallyport_is config ssh' -l print -d 'show, write nothing'
complete -c sallyport -n '__fish_seen_subcommand_from check' -l config -r -F
complete -c sallyport -n '__fish_seen_subcommand_from check' -l policy -r -F
