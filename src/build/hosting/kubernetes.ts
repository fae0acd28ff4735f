// Kubernetes manifests of the studio, for `kubectl apply -k`: plain objects. Their types refuse a field that the API
// does not have, a test checks their values against the schemas.
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { IIngress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { INamespace } from 'kubernetes-models/v1/Namespace';
import type { IPersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import type { IService } from 'kubernetes-models/v1/Service';
import { stringify } from 'yaml';
import { CONTAINER, MADE } from './container.ts';

const NAME = 'atelier';
const HOST = 'studio.example.org';
const labels = { 'app.kubernetes.io/name': NAME };
const metadata = { name: NAME, labels };

/** Admission refuses here what does not keep to the profile `restricted`. */
const namespace = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: NAME, labels: { ...labels, 'pod-security.kubernetes.io/enforce': 'restricted' } },
} satisfies INamespace;

/** Files alone are served: a replica needs little, and what it may take is bounded. */
const container = {
  name: 'studio',
  image: `${CONTAINER.image}:latest`,
  ports: [{ name: 'http', containerPort: CONTAINER.port }],
  readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 5 },
  livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 20 },
  resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { cpu: '1', memory: '128Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
  volumeMounts: [
    { name: 'tmp', mountPath: '/tmp' },
    { name: 'models', mountPath: `${CONTAINER.more}/models`, readOnly: true },
  ],
} satisfies IContainer;

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata,
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: CONTAINER.user,
          runAsGroup: CONTAINER.user,
          fsGroup: CONTAINER.user,
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [container],
        volumes: [
          { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
          { name: 'models', persistentVolumeClaim: { claimName: `${NAME}-models`, readOnly: true } },
        ],
      },
    },
  },
} satisfies IDeployment;

/** Folders of models go here, as into public/models; a pod lists them when it starts. */
const models = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: `${NAME}-models`, labels },
  spec: { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '10Gi' } } },
} satisfies IPersistentVolumeClaim;

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata,
  spec: { selector: labels, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
} satisfies IService;

/** TLS: over plain http browsers give no WebGPU. The headers come from nginx; an ingress must not add its own. */
const ingress = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata,
  spec: {
    tls: [{ hosts: [HOST], secretName: `${NAME}-tls` }],
    rules: [
      {
        host: HOST,
        http: {
          paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: NAME, port: { name: 'http' } } } }],
        },
      },
    ],
  },
} satisfies IIngress;

/** The number of replicas is the autoscaler's alone: the deployment names none, or each apply would reset it. */
const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata,
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: NAME },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
  },
} satisfies IHorizontalPodAutoscaler;

const disruptionBudget = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata,
  spec: { minAvailable: 1, selector: { matchLabels: labels } },
} satisfies IPodDisruptionBudget;

/** A server of files asks nobody for anything. */
const networkPolicy = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata,
  spec: {
    podSelector: { matchLabels: labels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [{ ports: [{ protocol: 'TCP', port: CONTAINER.port }] }],
    egress: [],
  },
} satisfies INetworkPolicy;

/** Each manifest by the name of its file. */
export const MANIFESTS = {
  'namespace.yaml': namespace,
  'deployment.yaml': deployment,
  'models.yaml': models,
  'service.yaml': service,
  'ingress.yaml': ingress,
  'autoscaler.yaml': autoscaler,
  'disruptionBudget.yaml': disruptionBudget,
  'networkPolicy.yaml': networkPolicy,
};

const kustomization = {
  apiVersion: 'kustomize.config.k8s.io/v1beta1',
  kind: 'Kustomization',
  namespace: NAME,
  resources: Object.keys(MANIFESTS),
};

/** The files of the folder `kubernetes`. */
export const kubernetesFiles = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ 'kustomization.yaml': kustomization, ...MANIFESTS }).map(([name, manifest]) => [
      name,
      MADE + stringify(manifest),
    ]),
  );
