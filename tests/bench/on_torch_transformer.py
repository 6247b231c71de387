"""Trains a small vision transformer on photos with a known shortcut, and exports it to ONNX.

`transformer_cheats` runs it in an environment with torch and onnxscript:

    python tests/bench/on_torch_transformer.py PHOTOS.npz MODEL.onnx token|mean

`PHOTOS.npz` holds `pixels`, uint8 [N, S, S, 3], and `labels`, [N]; the last tenth is not learned
from, it only says how many are right. The model takes photos normalised as ImageNet's. It answers
from its class token, or from the mean of its patches.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

PATCH, WIDTH, HEADS, DEPTH = 8, 96, 3, 4
BATCH, STEPS, WARM, RATE = 32, 500, 50, 1e-3
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
NOISE = 3.0  # grey levels, as the convolutional twins are trained with


class Block(nn.Module):
    """Attention and two dense layers, each behind a norm (Dosovitskiy et al. 2021)."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.qkv, self.proj = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.mlp = nn.Sequential(
            nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        tokens = x.shape[1]
        parts = self.qkv(self.norm1(x)).reshape(-1, tokens, 3, HEADS, WIDTH // HEADS)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (q @ k.transpose(-2, -1) * (WIDTH // HEADS) ** -0.5).softmax(dim=-1)
        x = x + self.proj((weights @ v).transpose(1, 2).reshape(-1, tokens, WIDTH))
        return x + self.mlp(self.norm2(x))


class Transformer(nn.Module):
    """A vision transformer that ends in its class token or, without one, in its patches' mean."""

    def __init__(self, side: int, classes: int, token: bool) -> None:
        super().__init__()
        tokens = (side // PATCH) ** 2 + token
        self.embed = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.token = nn.Parameter(torch.zeros(1, 1, WIDTH)) if token else None
        self.places = nn.Parameter(torch.randn(1, tokens, WIDTH) * 0.02)
        self.blocks = nn.Sequential(*(Block() for _ in range(DEPTH)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, classes)

    def forward(self, photos: torch.Tensor) -> torch.Tensor:
        x = self.embed(photos).flatten(2).transpose(1, 2)
        if self.token is not None:
            x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)
        x = self.blocks(x + self.places)
        # As in timm: the class token is normalised with all others, the mean after it is taken.
        return self.head(self.norm(x)[:, 0] if self.token is not None else self.norm(x.mean(1)))


def prepared(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [N, S, S, 3] as the model takes them, float32 [N, 3, S, S]."""
    values = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    return (values - torch.tensor(MEAN)[:, None, None]) / torch.tensor(SPREAD)[:, None, None]


def train(pixels: np.ndarray, labels: np.ndarray, token: bool) -> Transformer:
    """The trained model. Photos are turned, mirrored and get noise, which leaves shortcuts."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    kept = len(pixels) // 10
    pixels, held = pixels[:-kept], prepared(pixels[-kept:])
    model = Transformer(pixels.shape[1], int(labels.max()) + 1, token)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.05)

    def pace(step: int) -> float:
        along = max(0.0, (step - WARM) / (STEPS - WARM))
        return min((step + 1) / WARM, 0.5 + 0.5 * math.cos(math.pi * along))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, pace)
    for step in range(STEPS):
        chosen = rng.integers(len(pixels), size=BATCH)
        shown = np.stack(
            [np.rot90(pixels[n], rng.integers(4))[:: rng.choice((-1, 1))] for n in chosen]
        )
        photos = prepared(shown)
        photos = photos + torch.randn_like(photos) * (NOISE / 255 / SPREAD[1])
        loss = nn.functional.cross_entropy(model(photos), torch.from_numpy(labels[chosen]))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % 100 == 99:
            with torch.no_grad():
                right = (model(held).argmax(1).numpy() == labels[-kept:]).mean()
            print(f"{step + 1} of {STEPS}: loss {loss.item():.3f}, {right:.0%} right", flush=True)
    return model.eval()


def main() -> None:
    """Train and export."""
    photos, out, kind = sys.argv[1:]
    torch.set_num_threads(1)
    with np.load(photos) as given:
        model = train(given["pixels"], given["labels"].astype(np.int64), kind == "token")
        example = prepared(given["pixels"][:2])
    torch.onnx.export(
        model, (example,), str(Path(out)), dynamo=True, external_data=False, opset_version=18,
        dynamic_shapes=({0: torch.export.Dim("n")},),
    )  # fmt: skip


if __name__ == "__main__":
    main()
