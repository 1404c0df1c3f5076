{{- define "nba.labels" -}}
app.kubernetes.io/name: nba
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "nba.selector" -}}
app.kubernetes.io/name: nba
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "nba.name" -}}
{{ printf "%s-nba" .Release.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "nba.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "nba.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "nba.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "nba.environment" -}}
- configMapRef: {name: {{ include "nba.name" . }}}
- secretRef: {name: {{ .Values.secretName }}}
{{- end }}

{{- define "nba.mounts" -}}
- {name: registry, mountPath: /var/lib/nba/registry}
- {name: state, mountPath: /var/lib/nba/state}
- {name: tmp, mountPath: /tmp}
- {name: memory, mountPath: /dev/shm}
{{- end }}

{{- define "nba.volumes" -}}
- name: registry
  persistentVolumeClaim: {claimName: {{ .Values.registry.existingClaim }}}
- {name: state, emptyDir: {}}
- {name: tmp, emptyDir: {}}
- {name: memory, emptyDir: {medium: Memory, sizeLimit: 256Mi}}
{{- end }}
