"""The network against the paper: sizes, equations, causality, and gradients of the hand-written training step."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from plain_timnet import PlainSubBlock, PlainTIMNet
from torch import nn

from sktimnet.nn import TCN, TemporalAwareBlock, TIMNet, prepared


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def randomised(network, seed=0):
    """Give every weight and running statistic a random value, so that no part of an equation can hide in a 0 or 1."""
    generator = seeded(seed)
    with torch.no_grad():
        for name, value in network.state_dict().items():
            if name == "fusion_weights" and network.fusion != "dynamic":
                continue
            value.normal_(0, 0.5, generator=generator)
            if name.endswith("running_var"):
                value.abs_().add_(0.5)
    return network


# ---- the network in plain NumPy, one clip and one direction at a time, as the paper writes it -----------------------


def numpy_causal_convolution(x, weight, bias, dilation):
    """Convolve x (channels, frames) with weight (taps, out, in)."""
    y = np.zeros((weight.shape[1], x.shape[1]))
    for t in range(x.shape[1]):
        y[:, t] = bias
        for tap in range(len(weight)):
            past = t - (len(weight) - 1 - tap) * dilation
            if past >= 0:
                y[:, t] += weight[tap] @ x[:, past]
    return y


def numpy_attention(x, sub_blocks, direction, dilation):
    for sub_block in sub_blocks:
        p = {k: v.double().numpy() for k, v in sub_block.state_dict().items()}
        y = numpy_causal_convolution(x, p["weight"][:, direction], p["bias"][direction, :, 0], dilation)
        y = (y - p["running_mean"][direction]) / np.sqrt(p["running_var"][direction] + 1e-3)
        x = np.maximum(y * p["gamma"][direction] + p["beta"][direction], 0)
    return 1 / (1 + np.exp(-x))


def numpy_directions(network, clip):
    """Return for each direction the list F_0 .. F_n, each (filters, frames), the backward ones in reversed time."""
    outputs = []
    for direction in range(len(network.input_weight)):
        x = clip[:, ::-1] if direction else clip
        weight = network.input_weight[direction].detach().double().numpy()
        h = [weight @ x + network.input_bias[direction].detach().double().numpy()]
        for j, block in enumerate(network.blocks):
            h.append(numpy_attention(h[-1], block.sub_blocks, direction, 2**j) * h[-1])
        outputs.append(h)
    return outputs


def numpy_pool(network, clip):
    return np.array([sum(h).mean(axis=1) for h in list(zip(*numpy_directions(network, clip), strict=True))[1:]])


@pytest.fixture(params=[2, 3], ids=["kernel 2", "kernel 3"])
def network(request):
    return randomised(TIMNet(5, 3, n_blocks=4, n_filters=6, kernel_size=request.param)).eval()


@pytest.fixture
def clips():
    return torch.randn(3, 5, 21, generator=seeded(1))


def test_equations_1_and_2_each_block_weighs_its_input_by_its_attention(network, clips):
    maps = network.attention_maps(clips).detach().numpy()
    for clip, found in zip(clips.double().numpy(), maps, strict=True):
        forward, backward = numpy_directions(network, clip)
        for j in range(4):
            a_forward = numpy_attention(forward[j], network.blocks[j].sub_blocks, 0, 2**j)
            a_backward = numpy_attention(backward[j], network.blocks[j].sub_blocks, 1, 2**j)
            np.testing.assert_allclose(found[j, 0], a_forward, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(found[j, 1], a_backward[:, ::-1], rtol=1e-4, atol=1e-5)


def test_equation_3_pools_the_sum_of_both_directions_over_time(network, clips):
    expected = [numpy_pool(network, clip) for clip in clips.double().numpy()]
    np.testing.assert_allclose(network.pool(clips).detach(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("fusion", ["dynamic", "average", "last"])
def test_equation_4_fuses_the_blocks_with_their_weights(fusion, clips):
    network = randomised(TIMNet(5, 3, n_blocks=4, n_filters=6, fusion=fusion)).eval()
    weights = {"dynamic": network.fusion_weights.detach(), "average": np.full(4, 0.25), "last": np.eye(4)[3]}[fusion]
    expected = [np.asarray(weights) @ numpy_pool(network, clip) for clip in clips.double().numpy()]
    np.testing.assert_allclose(network.embed(clips).detach(), expected, rtol=1e-4, atol=1e-5)


def test_logits_are_one_dense_layer_on_the_fused_embedding(network, clips):
    expected = network.embed(clips) @ network.output.weight.T + network.output.bias
    torch.testing.assert_close(network(clips), expected)


def test_without_the_backward_direction_only_the_forward_one_is_pooled(clips):
    network = randomised(TIMNet(5, 3, n_blocks=4, n_filters=6, bidirectional=False)).eval()
    expected = [numpy_pool(network, clip) for clip in clips.double().numpy()]
    assert len(network.input_weight) == 1
    np.testing.assert_allclose(network.pool(clips).detach(), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
@pytest.mark.parametrize("n_frames", [1, 7, 58])
def test_a_clip_gets_the_same_answer_wherever_it_stands_in_a_batch(network_class, n_frames):
    network = randomised(network_class(5, 3, n_blocks=3)).eval()
    clips = torch.randn(23, 5, n_frames, generator=seeded(1))
    order = torch.randperm(23, generator=seeded(2))
    for some in (order, order[:9]):
        torch.testing.assert_close(network.embed(clips)[some], network.embed(clips[some]), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("frozen", [0, 1])
def test_a_block_in_evaluation_mode_keeps_its_statistics_while_others_learn(network, clips, frozen):
    network.train()
    network.blocks[frozen].eval()
    before = [block.sub_blocks[0].running_mean.clone() for block in network.blocks]
    network(clips)
    kept = [
        torch.equal(block.sub_blocks[0].running_mean, old) for block, old in zip(network.blocks, before, strict=True)
    ]
    assert kept == [j == frozen for j in range(len(network.blocks))]


def test_masks_of_other_clips_are_refused(network, clips):
    network.train()
    with pytest.raises(ValueError, match="masks must be what dropout_masks"):
        network(clips, network.dropout_masks(len(clips) + 1))


def test_a_block_alone_refuses_clips_without_directions():
    with pytest.raises(ValueError, match=r"F must be a Tensor of shape \(1, 4, n_frames, n_clips\), got \(4, 10, 3\)"):
        TemporalAwareBlock(4)(torch.ones(4, 10, 3))


def test_autocast_is_refused(network, clips):
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(TypeError, match="autocast is not supported"):
        network(clips)


# ---- sizes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_blocks", "n_classes", "trainable", "with_statistics"),
    [(8, 7, 104_496, 106_992), (8, 8, 104_536, 107_032), (10, 4, 129_650, 132_770)],
)
def test_parameter_counts_are_the_published_ones(n_blocks, n_classes, trainable, with_statistics):
    network = TIMNet(39, n_classes, n_blocks=n_blocks)
    assert sum(p.numel() for p in network.parameters()) == trainable
    assert sum(v.numel() for v in network.state_dict().values()) == with_statistics


def test_defaults_are_the_papers_sizes():
    assert sum(p.numel() for p in TIMNet(39, 7).parameters()) == 104_496
    sub_block, dense = 2 * 39 * 39 + 3 * 39, 39 * 7 + 7
    assert sum(p.numel() for p in TCN(39, 7).parameters()) == 39 * 39 + 39 + 8 * 2 * sub_block + dense


@pytest.mark.parametrize("kernel_size", [2, 3])
def test_the_last_block_sees_exactly_its_receptive_field(kernel_size):
    n_blocks, n_frames = 3, 40
    field = 1 + 2 * (kernel_size - 1) * (2**n_blocks - 1)
    network = TIMNet(2, 2, n_blocks=n_blocks, n_filters=3, kernel_size=kernel_size, bidirectional=False).double().eval()
    for weight in network.parameters():
        nn.init.constant_(weight, 0.1)
    clip = torch.ones(1, 2, n_frames, dtype=torch.double, requires_grad=True)
    network.attention_maps(clip)[0, -1, 0, :, -1].sum().backward()
    seen = clip.grad[0].abs().amax(0).nonzero().ravel()
    assert seen.tolist() == list(range(n_frames - field, n_frames))


def test_the_forward_direction_never_sees_the_future_nor_the_backward_one_the_past(network, clips):
    other = clips.clone()
    other[:, :, 10] += 1
    forward, backward = (network.attention_maps(other) - network.attention_maps(clips)).abs().amax((0, 1, 3)).unbind()
    assert (forward[:10] == 0).all() and (forward[10:] > 0).any()
    assert (backward[11:] == 0).all() and (backward[:11] > 0).any()


@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_clips_shorter_than_the_dilation_are_legal(network, n_frames):
    clip = torch.randn(1, 5, n_frames, generator=seeded())
    np.testing.assert_allclose(
        network.pool(clip)[0].detach(), numpy_pool(network, clip[0].double().numpy()), rtol=1e-4, atol=1e-5
    )


# ---- training: the fused sub-block against plain torch layers -------------------------------------------------------


def plain_of(sub_block, direction):
    """Make the sub-block of torch's own layers, without dropout."""
    taps, _, n_filters, _ = sub_block.weight.shape
    return PlainSubBlock(n_filters, taps, sub_block.dilation, 0).copy_from(sub_block, direction).double()


def test_a_training_step_equals_plain_torch_layers_in_logits_gradients_and_statistics():
    sizes = {"n_blocks": 3, "n_filters": 6, "kernel_size": 3, "dropout": 0}
    network = randomised(TIMNet(5, 3, **sizes)).double().train()
    plain = PlainTIMNet(5, 3, **sizes).double().copy_from(network).train()
    x, y = torch.randn(7, 5, 21, dtype=torch.double, generator=seeded(1)), torch.arange(7) % 3
    logits, expected = network(x), plain(x)
    torch.testing.assert_close(logits, expected)
    for output in (logits, expected):
        F.cross_entropy(output, y, label_smoothing=0.1).backward()
    torch.testing.assert_close(network.fusion_weights.grad, plain.fusion_weights.grad)
    torch.testing.assert_close(network.output.weight.grad, plain.output.weight.grad)
    for d, (inputs, blocks) in enumerate(zip(plain.inputs, plain.directions, strict=True)):
        torch.testing.assert_close(network.input_weight.grad[d], inputs.weight.grad[..., 0])
        for block, pair in zip(network.blocks, blocks, strict=True):
            for ours, theirs in zip(block.sub_blocks, pair, strict=True):
                torch.testing.assert_close(ours.weight.grad[:, d].permute(1, 2, 0), theirs.conv.weight.grad)
                torch.testing.assert_close(ours.running_var[d, :, 0], theirs.norm.running_var)
    torch.testing.assert_close(network.eval()(x), plain.eval()(x))


@pytest.mark.parametrize("dilation", [1, 4, 64])
@pytest.mark.parametrize("kernel_size", [2, 3])
def test_training_equals_plain_torch_layers_in_output_gradients_and_statistics(dilation, kernel_size):
    n_directions, n_filters, n_frames, n_clips = 2, 6, 40, 5
    block = TemporalAwareBlock(n_filters, kernel_size=kernel_size, dilation=dilation, n_directions=n_directions)
    sub_block = randomised(block).sub_blocks[0].double()
    plain = [plain_of(sub_block, d) for d in range(n_directions)]
    x = torch.randn(n_directions, n_filters, n_frames, n_clips, dtype=torch.double, generator=seeded(2)) + 3
    mask = torch.empty(n_directions, n_filters, 1, n_clips, dtype=torch.double)
    mask.bernoulli_(0.6, generator=seeded(3)).div_(0.6)
    target = torch.randn(x.shape, dtype=torch.double, generator=seeded(4))

    ours_in = x.clone().requires_grad_()
    (layer,) = prepared([sub_block], [mask], channels=n_filters)
    ours = layer(ours_in)
    (ours * target).sum().backward()
    theirs_in = x.clone().requires_grad_()
    for d in range(n_directions):
        theirs = plain[d](theirs_in[d].permute(2, 0, 1)).permute(1, 2, 0) * mask[d]
        torch.testing.assert_close(ours[d], theirs)
        (theirs * target[d]).sum().backward()
        conv, norm = plain[d].conv, plain[d].norm
        torch.testing.assert_close(sub_block.weight.grad[:, d].permute(1, 2, 0), conv.weight.grad)
        torch.testing.assert_close(sub_block.gamma.grad[d, :, 0], norm.weight.grad)
        torch.testing.assert_close(sub_block.beta.grad[d, :, 0], norm.bias.grad)
        torch.testing.assert_close(sub_block.running_mean[d, :, 0], norm.running_mean)
        torch.testing.assert_close(sub_block.running_var[d, :, 0], norm.running_var)
        assert conv.bias.grad.abs().max() < 1e-9  # why the fused step may leave the bias out
    torch.testing.assert_close(ours_in.grad, theirs_in.grad)


def test_gradients_in_evaluation_mode_agree_with_finite_differences():
    network = randomised(TIMNet(2, 2, n_blocks=2, n_filters=3)).double().eval()
    x = torch.randn(2, 2, 6, dtype=torch.double, generator=seeded(), requires_grad=True)
    assert torch.autograd.gradcheck(network, (x,))


def test_a_single_frame_of_a_single_clip_cannot_be_trained_on():
    with pytest.raises(ValueError, match="more than one frame"):
        TIMNet(2, 2, n_blocks=1)(torch.zeros(1, 2, 1))


# ---- clips of different lengths -------------------------------------------------------------------------------------


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_prediction_gives_each_clip_what_it_gives_the_clip_alone(network_class):
    network = randomised(network_class(5, 3, n_blocks=4, n_filters=6)).eval()
    clips = torch.randn(6, 5, 40, generator=seeded(1))
    lengths = torch.tensor([40, 1, 17, 39, 2, 23])
    together = network(clips, lengths=lengths).softmax(-1)
    for clip, length, found in zip(clips, lengths, together, strict=True):
        torch.testing.assert_close(network(clip[None, :, :length]).softmax(-1)[0], found, rtol=0, atol=1e-6)


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_what_stands_after_a_clips_end_changes_neither_prediction_nor_training(network_class):
    lengths = torch.tensor([21, 8, 1, 15])
    clips = torch.randn(4, 5, 21, generator=seeded(1))
    longer = torch.cat([clips, torch.zeros(4, 5, 9)], dim=2)
    after_end = torch.arange(30) >= lengths[:, None, None]
    longer = torch.where(after_end, torch.tensor(1e3), longer)
    networks = [randomised(network_class(5, 3, n_blocks=4, n_filters=6)).double().train() for _ in range(2)]
    masks = networks[0].dropout_masks(4, seeded(5))
    for network, x in zip(networks, (clips, longer), strict=True):
        F.cross_entropy(network(x.double(), masks, lengths=lengths), torch.arange(4) % 3).backward()
    for (name, a), b in zip(networks[0].named_parameters(), networks[1].parameters(), strict=True):
        assert name.endswith("sub_blocks.0.bias") or name.endswith("sub_blocks.1.bias") or a.grad.abs().max() > 0
        torch.testing.assert_close(a.grad, b.grad)
    for a, b in zip(networks[0].buffers(), networks[1].buffers(), strict=True):
        torch.testing.assert_close(a, b)
    predictions = [
        network.eval()(x.double(), lengths=lengths) for network, x in zip(networks, (clips, longer), strict=True)
    ]
    torch.testing.assert_close(*predictions)


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_a_batch_in_runs_of_similar_length_trains_as_one_padded_to_its_longest_clip(network_class, monkeypatch):
    lengths = torch.tensor([3, 4, 9, 8, 1, 15, 16, 15, 21, 20, 21, 30])
    clips = torch.randn(12, 5, 30, dtype=torch.double, generator=seeded(1))
    in_runs, padded = (randomised(network_class(5, 3, n_blocks=4, n_filters=6)).double().train() for _ in range(2))
    assert len(in_runs.runs(clips, lengths)) == 3
    monkeypatch.setattr(padded, "runs", lambda x, lengths: None)
    masks = padded.dropout_masks(12, seeded(5))
    outputs = [network(clips, masks, lengths=lengths) for network in (in_runs, padded)]
    for output in outputs:
        F.cross_entropy(output, torch.arange(12) % 3).backward()
    torch.testing.assert_close(*outputs)
    for a, b in zip(in_runs.parameters(), padded.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad)
    for a, b in zip(in_runs.buffers(), padded.buffers(), strict=True):
        torch.testing.assert_close(a, b)


class OwnPlainAverage(TIMNet):
    def over_time(self, h, present):
        return super().over_time(h, present)


def test_averages_of_all_runs_at_once_are_those_of_each_run():
    clips, lengths = torch.randn(9, 5, 30, dtype=torch.double), torch.tensor([3, 4, 3, 4, 15, 16, 15, 30, 29])
    at_once, of_each = (randomised(own(5, 3, n_blocks=3, n_filters=6)).double() for own in (TIMNet, OwnPlainAverage))
    masks = at_once.dropout_masks(9)
    pools = [network.pool(clips, masks, lengths=lengths) for network in (at_once, of_each)]
    for pool in pools:
        pool.square().sum().backward()
    torch.testing.assert_close(*pools)
    torch.testing.assert_close(at_once.input_weight.grad, of_each.input_weight.grad)


def test_training_statistics_and_gradients_are_those_of_the_frames_present():
    n_filters, lengths = 4, [9, 3, 1]
    block = TemporalAwareBlock(n_filters, dilation=2)
    sub_block = randomised(block).sub_blocks[0].double()
    plain = plain_of(sub_block, 0)
    x = torch.randn(1, n_filters, 12, 3, dtype=torch.double, generator=seeded(2))
    present = (torch.arange(12)[:, None] < torch.tensor(lengths)).double()
    (layer,) = prepared([sub_block], present=present, channels=n_filters)
    ours_in, theirs_in = x.clone().requires_grad_(), x.clone().requires_grad_()
    ours = layer(ours_in)
    # The plain sub-block normalises the frames of all clips, joined; its convolution takes one clip at a time.
    convolved = [plain.conv(F.pad(theirs_in[:, :, :length, i], (plain.pad, 0)))[0] for i, length in enumerate(lengths)]
    theirs = F.relu(plain.norm(torch.cat(convolved, dim=1)[None]))[0].split(lengths, dim=1)
    for i, length in enumerate(lengths):
        torch.testing.assert_close(ours[0, :, :length, i], theirs[i])
    (ours * present).square().sum().backward()
    sum(part.square().sum() for part in theirs).backward()
    torch.testing.assert_close(ours_in.grad, theirs_in.grad)
    torch.testing.assert_close(sub_block.weight.grad[:, 0].permute(1, 2, 0), plain.conv.weight.grad)
    torch.testing.assert_close(sub_block.gamma.grad[0, :, 0], plain.norm.weight.grad)
    torch.testing.assert_close(sub_block.running_mean[0, :, 0], plain.norm.running_mean)
    torch.testing.assert_close(sub_block.running_var[0, :, 0], plain.norm.running_var)


def test_attention_maps_of_a_short_clip_are_those_of_the_clip_alone(network, clips):
    lengths = torch.tensor([21, 5, 13])
    maps = network.attention_maps(clips, lengths=lengths)
    for clip, length, found in zip(clips, lengths, maps, strict=True):
        alone = network.attention_maps(clip[None, :, :length])[0]
        torch.testing.assert_close(found[..., :length], alone, rtol=1e-5, atol=1e-6)


def test_lengths_of_other_clips_are_refused(network, clips):
    with pytest.raises(ValueError, match=r"lengths must be an int64 Tensor of shape \(3,\), got \(2,\)"):
        network(clips, lengths=torch.tensor([1, 2]))


@pytest.mark.parametrize("lengths", [[0, 1, 2], [1, 2, 22]])
def test_lengths_beyond_the_frames_are_refused(network, clips, lengths):
    with pytest.raises(ValueError, match="lengths must be from 1 to the 21 frames of x"):
        network(clips, lengths=torch.tensor(lengths))


# ---- networks of one's own ------------------------------------------------------------------------------------------


class Halved(TemporalAwareBlock):
    def attention(self, F, layers=None):
        return super().attention(F, layers) / 2


class OwnBlock(TIMNet):
    block_class = Halved


class OwnAverage(TIMNet):
    def over_time(self, h, present):
        return h.amax(2)


class OwnFusion(TIMNet):
    def fuse(self, g):
        return g.sum(1)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("own", [OwnBlock, OwnAverage, OwnFusion])
def test_a_subclass_that_overrides_an_equation_takes_effect(own, training, clips):
    network, usual = (cls(5, 3, n_blocks=2, n_filters=6, generator=seeded()).train(training) for cls in (own, TIMNet))
    masks = usual.dropout_masks(3, seeded(1))
    if own is OwnBlock:
        expected = usual.pool(clips, masks)[:, 0] / 2
        torch.testing.assert_close(network.pool(clips, masks)[:, 0], expected)
    elif own is OwnAverage:
        outputs = [h[:, :6, :21].amax(2).sum(0).T for h in usual.scales(clips, masks)]
        torch.testing.assert_close(network.pool(clips, masks), torch.stack(outputs, 1))
    else:
        torch.testing.assert_close(network.embed(clips, masks), usual.pool(clips, masks).sum(1))


# ---- dropout and randomness -----------------------------------------------------------------------------------------


def test_dropout_drops_whole_channels_and_keeps_the_mean():
    network = TIMNet(5, 3, n_blocks=4, n_filters=500, dropout=0.25)
    masks = network.dropout_masks(7, seeded())
    assert masks.shape == (4, 2, 2, 500, 1, 7)
    torch.testing.assert_close(masks.unique(), torch.tensor([0, 4 / 3]))
    assert masks.mean() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("sub_block", [0, 1])
@pytest.mark.parametrize("block", [0, 2])
def test_a_block_whose_sub_block_is_dropped_attends_to_all_alike(block, sub_block, clips):
    network = TIMNet(5, 3, n_blocks=3, n_filters=6).train()
    masks = torch.ones(3, 2, 2, 6, 1, len(clips))
    masks[block, sub_block] = 0
    pooled, whole = network.pool(clips, masks), network.pool(clips, torch.ones_like(masks))
    before = network.pool(clips, torch.zeros_like(masks))[:, 0] * 2 if block == 0 else whole[:, block - 1]
    torch.testing.assert_close(pooled[:, block], before / 2)
    assert (pooled[:, block] - whole[:, block]).abs().max() > 1e-3


def test_a_residual_block_whose_sub_block_is_dropped_hands_its_input_on(clips):
    longer, shorter = (TCN(5, 3, n_blocks=n, n_filters=6, generator=seeded()).train() for n in (3, 2))
    masks = torch.ones(3, 2, 1, 6, 1, len(clips))
    masks[-1, 1] = 0
    torch.testing.assert_close(longer.embed(clips, masks), shorter.embed(clips, masks[:2]))


def test_a_block_alone_takes_masks():
    block = TemporalAwareBlock(5).train()
    F = torch.randn(1, 5, 21, 3)  # (n_directions, n_filters, n_frames, n_clips)
    attention = block.attention(F, prepared(block.sub_blocks, torch.zeros(2, 1, 5, 1, 3), channels=5))
    torch.testing.assert_close(attention, torch.full_like(F, 0.5))


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_without_masks_training_draws_them_from_the_global_generator(network_class, clips):
    network = network_class(5, 3, n_blocks=2, dropout=0.5).train()
    with torch.random.fork_rng():
        outputs = []
        for seed in (0, 0, 1):
            torch.manual_seed(seed)
            outputs.append(network(clips).detach())
    torch.testing.assert_close(outputs[0], outputs[1], rtol=0, atol=0)
    assert not torch.equal(outputs[0], outputs[2])


def test_dropout_is_off_in_evaluation(clips):
    network = TIMNet(5, 3, n_blocks=2, dropout=0.9).eval()
    torch.testing.assert_close(network(clips), network(clips), rtol=0, atol=0)


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_a_generator_decides_the_weights_and_leaves_the_global_one_alone(network_class):
    before = torch.get_rng_state()
    first, again, other = (network_class(5, 3, n_blocks=2, generator=seeded(s)) for s in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    for (name, a), b, c in zip(first.named_parameters(), again.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
        assert name.endswith(("bias", "gamma", "beta")) or not torch.equal(a, c)


@pytest.mark.parametrize("network_class", [TIMNet, TCN])
def test_a_generator_decides_the_dropout_and_leaves_the_global_one_alone(network_class, clips):
    network = network_class(5, 3, n_blocks=2, dropout=0.5).train()
    before = torch.get_rng_state()
    twin = copy.deepcopy(network)
    first, again = (n(clips, n.dropout_masks(len(clips), seeded())) for n in (network, twin))
    torch.testing.assert_close(first, again, rtol=0, atol=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_initial_weights_are_glorot_uniform_and_biases_zero():
    network = TIMNet(39, 7)
    weight = network.blocks[0].sub_blocks[0].weight.detach()
    limit = (6 / (2 * 39 + 2 * 39)) ** 0.5
    assert weight.abs().max() <= limit
    assert weight.std() == pytest.approx(limit / 3**0.5, rel=0.05)
    assert network.fusion_weights.abs().max() <= 0.05
    assert not network.output.bias.any() and not network.input_bias.any()


# ---- the baseline ---------------------------------------------------------------------------------------------------


def test_tcn_adds_each_blocks_input_to_its_output_and_pools_the_last(clips):
    network = randomised(TCN(5, 3, n_blocks=3, n_filters=6)).eval()
    expected = []
    for clip in clips.double().numpy():
        h = network.input_weight[0].detach().double().numpy() @ clip + network.input_bias[0].detach().double().numpy()
        for j, block in enumerate(network.blocks):
            attention = numpy_attention(h, block.sub_blocks, 0, 2**j)
            h = np.maximum(h + np.log(attention / (1 - attention)), 0)  # the sub-blocks without the sigmoid
        expected.append(h.mean(axis=1))
    np.testing.assert_allclose(network.embed(clips).detach(), expected, rtol=1e-4, atol=1e-5)
