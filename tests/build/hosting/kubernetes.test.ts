import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { HOSTING } from '../../../src/build/hosting/files.ts';
import { kubernetesFiles, MANIFESTS } from '../../../src/build/hosting/kubernetes.ts';
import { ROOT } from '../../sources.ts';

/** Each checks an object against the schema of its kind, as the API publishes it. */
type Model = new (data: never) => { validate(): void };
const MODELS: Record<string, Model> = {
  'apps/v1 Deployment': Deployment,
  'autoscaling/v2 HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'networking.k8s.io/v1 Ingress': Ingress,
  'networking.k8s.io/v1 NetworkPolicy': NetworkPolicy,
  'policy/v1 PodDisruptionBudget': PodDisruptionBudget,
  'v1 Namespace': Namespace,
  'v1 PersistentVolumeClaim': PersistentVolumeClaim,
  'v1 Service': Service,
};

interface Manifest {
  apiVersion: string;
  kind: string;
  spec?: Record<string, unknown>;
}
const files = kubernetesFiles();
const read = (name: string): Manifest => parse(files[name]!) as Manifest;
const check = (manifest: Manifest): void => {
  const model = MODELS[`${manifest.apiVersion} ${manifest.kind}`];
  new model!(manifest as never).validate();
};

describe('the manifests', () => {
  test.each(Object.keys(MANIFESTS))('%s keeps to its schema', (name) => {
    expect(() => check(read(name))).not.toThrow();
  });

  test('a wrong value is refused by the schemas', () => {
    const wrong = structuredClone(read('autoscaler.yaml'));
    wrong.spec!['maxReplicas'] = 'many';
    expect(() => check(wrong)).toThrow('maxReplicas');
  });

  test('all of them are applied, and what names another names one that is there', () => {
    const { resources } = parse(files['kustomization.yaml']!) as { resources: string[] };
    expect(resources).toEqual(Object.keys(MANIFESTS));
    const { template, selector } = MANIFESTS['deployment.yaml'].spec;
    for (const labels of [
      selector.matchLabels,
      MANIFESTS['service.yaml'].spec.selector,
      MANIFESTS['disruptionBudget.yaml'].spec.selector.matchLabels,
      MANIFESTS['networkPolicy.yaml'].spec.podSelector.matchLabels,
    ])
      expect(labels).toEqual(template.metadata.labels);
    expect(MANIFESTS['autoscaler.yaml'].spec.scaleTargetRef.name).toBe(MANIFESTS['deployment.yaml'].metadata.name);
    expect(MANIFESTS['ingress.yaml'].spec.rules[0]!.http.paths[0]!.backend.service).toEqual({
      name: MANIFESTS['service.yaml'].metadata.name,
      port: { name: MANIFESTS['service.yaml'].spec.ports[0]!.name },
    });
    const claims = template.spec.volumes.flatMap((v) => ('persistentVolumeClaim' in v ? [v] : []));
    expect(claims[0]!.persistentVolumeClaim!.claimName).toBe(MANIFESTS['models.yaml'].metadata.name);
  });
});

const kustomize = spawnSync('kubectl', ['kustomize', join(ROOT, HOSTING, 'kubernetes')], { encoding: 'utf8' });
test.skipIf(kustomize.error)('kustomize puts all of them into one namespace', () => {
  expect(kustomize.stderr).toBe('');
  const made = parseAllDocuments(kustomize.stdout).map((d) => d.toJS() as { metadata: { namespace?: string } });
  expect(made).toHaveLength(Object.keys(MANIFESTS).length);
  expect(made.filter(({ metadata }) => metadata.namespace === undefined)).toHaveLength(1); // the namespace itself
});
