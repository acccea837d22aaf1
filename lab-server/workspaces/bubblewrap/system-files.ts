// The few files of /etc that a workspace sees: ours, not the host's. They are the same for every lab.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export const LEARNER = 'learner';
export const LEARNER_ID = 1000;
export const HOME = `/home/${LEARNER}`;
export const HOST_NAME = 'dockside';

/** /etc/passwd with the learner under this id. */
export function passwdFile(uid = LEARNER_ID): string {
  return `root:x:0:0:root:/:/usr/sbin/nologin
${LEARNER}:x:${uid}:${uid}:Learner:${HOME}:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
}

export function groupFile(gid = LEARNER_ID): string {
  return `root:x:0:
${LEARNER}:x:${gid}:
nogroup:x:65534:
`;
}

const NSSWITCH = `passwd: files
group: files
hosts: files dns
services: files
protocols: files
`;

/** The prompt, history and completion of every interactive shell. The learner's own ~/.bashrc comes last and wins. */
const BASHRC = `# Settings of every shell in a Dockside workspace. Put your own into ~/.bashrc.
case $- in *i*) ;; *) return ;; esac
HISTCONTROL=ignoreboth
HISTSIZE=5000
HISTFILESIZE=10000
shopt -s histappend checkwinsize
# Marks where prompts, commands and output begin (OSC 133), from which the page makes its log of commands.
_dockside_prompt() {
  local status=$?
  printf '\\e]133;D;%s\\a\\e]133;A\\a' "$status"
  history -a
  return "$status"
}
PROMPT_COMMAND=_dockside_prompt
PS0='\\e]133;C\\a'
PS1='\\[\\e[1;36m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ \\[\\e]133;B\\a\\]'
alias ls='ls --color=auto' ll='ls -alF' grep='grep --color=auto'
[ -x /usr/bin/lesspipe ] && eval "$(SHELL=/bin/sh lesspipe)"

if [ -r /usr/share/bash-completion/bash_completion ]; then
  . /usr/share/bash-completion/bash_completion
else
  # What kubectl's completion needs of the bash-completion package, where that is not installed.
  _get_comp_words_by_ref() {
    while [ $# -gt 0 ]; do
      case $1 in
        -n) shift ;;
        cur) cur=\${COMP_WORDS[COMP_CWORD]} ;;
        prev) prev=; [ "$COMP_CWORD" -gt 0 ] && prev=\${COMP_WORDS[COMP_CWORD-1]} ;;
        words) words=("\${COMP_WORDS[@]}") ;;
        cword) cword=$COMP_CWORD ;;
      esac
      shift
    done
  }
  __ltrim_colon_completions() { :; }
fi
# Completions are loaded at the first TAB, so that a shell opens at once.
_dockside_kubectl() {
  . <(kubectl completion bash 2>/dev/null)
  complete -o default -F __start_kubectl k
  return 124
}
complete -o default -F _dockside_kubectl kubectl k
alias k=kubectl
_dockside_minikube() {
  . <(minikube completion bash 2>/dev/null)
  return 124
}
command -v minikube >/dev/null && complete -o default -F _dockside_minikube minikube
command -v aws_completer >/dev/null && complete -C aws_completer aws

[ -r ~/.bashrc ] && . ~/.bashrc
return 0
`;

const INPUTRC = `set bell-style none
set completion-ignore-case on
set show-all-if-ambiguous on
set enable-bracketed-paste on
"\\e[A": history-search-backward
"\\e[B": history-search-forward
"\\e[1;5C": forward-word
"\\e[1;5D": backward-word
"\\e[H": beginning-of-line
"\\e[F": end-of-line
"\\e[3~": delete-char
`;

const FILES: Record<string, string> = {
  passwd: passwdFile(),
  group: groupFile(),
  'nsswitch.conf': NSSWITCH,
  hostname: `${HOST_NAME}\n`,
  bashrc: BASHRC,
  profile: '[ -n "$BASH_VERSION" ] && . /etc/bashrc\n',
  inputrc: INPUTRC,
  'host.conf': 'multi on\n',
};

/** Names of the files that `writeSystemFiles` makes. */
export const SYSTEM_FILES = Object.keys(FILES);

/** Files and folders of the host's /etc that hold no secret and that common programs need. Bound read-only where they exist. */
export const SHARED_ETC = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nanorc',
  'pki/ca-trust',
  'pki/tls/certs',
  'protocols',
  'services',
  'ssl/cert.pem',
  'ssl/certs',
  'ssl/openssl.cnf',
  'terminfo',
  'timezone',
  'vim',
] as const;

/** Writes the files into `folder`, which are then bound read-only into every workspace. */
export async function writeSystemFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await Promise.all(Object.entries(FILES).map(([name, content]) => writeFile(join(folder, name), content, { mode: 0o644 })));
}

/** The workspace's /etc/hosts. Names with a wildcard are the name server's business. */
export function hostsFile(hosts: Record<string, string>): string {
  const lines = Object.entries(hosts)
    .filter(([name]) => !name.includes('*'))
    .map(([name, address]) => `${address}\t${name}`);
  return ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost', `127.0.1.1\t${HOST_NAME}`, ...lines, ''].join('\n');
}
