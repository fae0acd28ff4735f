"""The steps of `npm run bench` in PyTorch, eager and in f32: the same models (tied embeddings), AdamW and clipping. Needs torch, safetensors.

    npm run bench -- --case 124M --start start.safetensors    (weights, batches and our losses)
    python tests/bench/pytorch/train.py start.safetensors --device cuda [--seconds 10] [--json rows.json]

First it takes the steps of the file, whose losses must be ours, or there is no figure; then the clock starts. It prints the rows
that the bench prints; run both on one machine to compare. AdamW is not fused; TF32 is off, as it is by default.
"""

import argparse
import json
import math
import time

import torch
import torch.nn.functional as F
from safetensors import safe_open

TOLERANCE = 1e-3
ROUNDS = 3


class Model:
    """Parameters by our names; matrices are [out, in], q, k and v are one, as are gate and up."""

    def __init__(self, config, weights, device):
        self.c = config
        self.p = {name: w.to(device).requires_grad_() for name, w in weights.items()}
        half = config["headDim"] // 2
        frequencies = config["ropeTheta"] ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.arange(config["contextLength"], dtype=torch.float64)[:, None] * frequencies
        self.cos, self.sin = angles.cos().float().to(device), angles.sin().float().to(device)

    def linear(self, x, name):
        return F.linear(x, self.p[name], self.p.get(f"{name}.bias"))

    def norm(self, x, name):
        shape, eps = x.shape[-1:], self.c["normEps"]
        if self.c.get("norm") == "layer":
            return F.layer_norm(x, shape, self.p[name], self.p[f"{name}.bias"], eps)
        return F.rms_norm(x, shape, self.p[name], eps)

    def turned(self, x):
        """RoPE on [B, H, T, D], in halves; learned positions are in the residual stream already."""
        if self.c.get("positions") == "learned":
            return x
        cos, sin = self.cos[: x.shape[2]], self.sin[: x.shape[2]]
        low, high = x.chunk(2, -1)
        return torch.cat([low * cos - high * sin, high * cos + low * sin], -1)

    def attention(self, x, at):
        c, (B, T, _) = self.c, x.shape
        heads = self.linear(x, f"{at}qkv").view(B, T, -1, c["headDim"]).transpose(1, 2)
        q, k, v = heads.split([c["heads"], c["kvHeads"], c["kvHeads"]], 1)
        grouped = c["kvHeads"] != c["heads"]
        y = F.scaled_dot_product_attention(self.turned(q), self.turned(k), v, is_causal=True, enable_gqa=grouped)
        return self.linear(y.transpose(1, 2).reshape(B, T, -1), f"{at}o")

    def feed_forward(self, x, at):
        if self.c.get("gated", True):
            gate, up = self.linear(x, f"{at}gateUp").chunk(2, -1)
            return self.linear(F.silu(gate) * up, f"{at}down")
        return self.linear(F.gelu(self.linear(x, f"{at}up"), approximate="tanh"), f"{at}down")

    def loss(self, inputs, targets):
        x = F.embedding(inputs, self.p["embedding"])
        if self.c.get("positions") == "learned":
            x = x + self.p["positions"][: inputs.shape[1]]
        for layer in range(self.c["layers"]):
            at = f"layers.{layer}."
            x = x + self.attention(self.norm(x, f"{at}norm1"), at)
            x = x + self.feed_forward(self.norm(x, f"{at}norm2"), at)
        logits = F.linear(self.norm(x, "norm"), self.p["embedding"])
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def decays(name, weight):
    return weight.dim() == 2 and name not in ("embedding", "positions")


class Training:
    def __init__(self, model, s):
        self.model, self.clip = model, s["clipNorm"]
        groups = [{"params": [w for n, w in model.p.items() if decays(n, w) == decayed],
                   "weight_decay": s["weightDecay"] if decayed else 0.0} for decayed in (True, False)]
        betas = (s["beta1"], s["beta2"])
        self.optimizer = torch.optim.AdamW(groups, lr=s["learningRate"], betas=betas, eps=s["epsilon"], fused=False)

    def step(self, inputs, targets):
        """The loss stays on the device: reading it would wait."""
        loss = self.model.loss(inputs, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.model.p.values()), self.clip)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return loss.detach()


def read(path, device):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        facts = {key: json.loads(text) if key != "case" else text for key, text in file.metadata().items()}
    steps = {name: tensors.pop(name) for name in ("inputs", "targets", "losses")}
    s = facts["settings"]
    shape = (-1, s["batchSize"], s["contextLength"])
    batches = list(zip(*(steps[name].long().view(shape).to(device) for name in ("inputs", "targets"))))
    return facts, tensors, batches, steps["losses"].tolist()


def check(losses, ours):
    """The largest relative difference of the losses."""
    apart = max(abs(a / b - 1) for a, b in zip(losses, ours))
    print(f"losses {losses[0]:.4f} … {losses[-1]:.4f}, apart from ours {apart:.1e}")
    if not apart <= TOLERANCE:
        raise SystemExit("the losses differ, so the speeds can't be compared")


def seconds_of(training, batches, steps, wait):
    wait()
    start = time.perf_counter()
    for i in range(steps):
        loss = training.step(*batches[i % len(batches)])
    if not math.isfinite(loss.item()):
        raise SystemExit("a loss is no number")
    wait()
    return time.perf_counter() - start


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("start")
    arguments.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--json")
    args = arguments.parse_args()
    cuda = args.device.startswith("cuda")
    wait = torch.cuda.synchronize if cuda else lambda: None
    facts, weights, batches, ours = read(args.start, args.device)
    training = Training(Model(facts["model"], weights, args.device), facts["settings"])
    check([training.step(*batch).item() for batch in batches], ours)
    one = seconds_of(training, batches, 1, wait)
    steps = max(1, round(args.seconds / one))
    rates = sorted(steps * batches[0][0].numel() / seconds_of(training, batches, steps, wait) for _ in range(ROUNDS))
    adapter = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    shared = {"case": facts["case"], "backend": "cuda" if cuda else "cpu", "peer": "pytorch", "adapter": adapter}
    rows = [{"metric": "train_tokens_per_s", **shared, "peerValue": round(rates[ROUNDS // 2], 1)}]
    if cuda:
        rows.append({"metric": "peak_gpu_bytes", **shared, "peerValue": torch.cuda.max_memory_allocated()})
    print(json.dumps(rows, indent=1))
    if args.json:
        with open(args.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
