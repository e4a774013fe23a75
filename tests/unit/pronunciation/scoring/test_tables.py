"""What is trained with scikit-learn and PyTorch gives the same with numpy alone."""

import numpy as np
import pytest

from aihear_voice.pronunciation.scoring import training
from aihear_voice.pronunciation.scoring.network import Network
from aihear_voice.pronunciation.scoring.tables import Trees


@pytest.fixture
def numbers() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(300, 8)).astype(np.float32)


def test_trees(numbers: np.ndarray) -> None:
    ensemble = pytest.importorskip("sklearn.ensemble")
    wanted = np.sin(numbers[:, 0]) + numbers[:, 1] * numbers[:, 2]
    model = ensemble.HistGradientBoostingRegressor(max_iter=30).fit(numbers, wanted)
    trees = training._written_out(model)
    read = Trees.read(trees.arrays("some"), "some")
    np.testing.assert_allclose(read.predict(numbers), model.predict(numbers), atol=1e-4)


def test_network(numbers: np.ndarray) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    net = training._Net(8)
    net.module.eval()
    net._drop.eval()
    parameters = {name: value.detach().numpy() for name, value in net.module.state_dict().items()}
    network = Network(parameters, np.zeros(8, np.float32), np.ones(8, np.float32))
    heard = Network.read(network.arrays("some"), "some")(numbers[:20])
    inputs = torch.tensor(np.clip(numbers[:20], -4, 4))[None]
    phones, words, sentence = (part.detach().numpy()[0] for part in net(inputs, torch.tensor([20])))
    np.testing.assert_allclose(heard.phones, phones, atol=1e-5)
    np.testing.assert_allclose(heard.words, words, atol=1e-5)
    np.testing.assert_allclose(heard.sentence, sentence, atol=1e-5)
