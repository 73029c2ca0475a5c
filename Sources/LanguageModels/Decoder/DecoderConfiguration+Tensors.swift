import Formats
package import Tensors

extension DecoderConfiguration {
  /// Name and shape of every tensor the network needs, in the order of the forward pass.
  package var expectedTensors: [(name: String, shape: [Int])] {
    var tensors: [(name: String, shape: [Int])] = []
    func linear(_ name: String, _ output: Int, _ input: Int, bias: Bool) {
      tensors.append(("\(name).weight", [output, input]))
      if bias { tensors.append(("\(name).bias", [output])) }
    }
    let (queryWidth, keyWidth) = (headCount * headWidth, keyValueHeadCount * headWidth)
    tensors.append(("model.embed_tokens.weight", [vocabularySize, hiddenSize]))
    for layer in 0..<layerCount {
      let block = "model.layers.\(layer)"
      tensors.append(("\(block).input_layernorm.weight", [hiddenSize]))
      linear("\(block).self_attn.q_proj", queryWidth, hiddenSize, bias: queryKeyValueBias)
      linear("\(block).self_attn.k_proj", keyWidth, hiddenSize, bias: queryKeyValueBias)
      linear("\(block).self_attn.v_proj", keyWidth, hiddenSize, bias: queryKeyValueBias)
      linear("\(block).self_attn.o_proj", hiddenSize, queryWidth, bias: attentionOutputBias)
      if architecture.queryKeyNorm {
        tensors.append(("\(block).self_attn.q_norm.weight", [headWidth]))
        tensors.append(("\(block).self_attn.k_norm.weight", [headWidth]))
      }
      tensors.append(("\(block).post_attention_layernorm.weight", [hiddenSize]))
      linear("\(block).mlp.gate_proj", feedForwardSize, hiddenSize, bias: feedForwardBias)
      linear("\(block).mlp.up_proj", feedForwardSize, hiddenSize, bias: feedForwardBias)
      linear("\(block).mlp.down_proj", hiddenSize, feedForwardSize, bias: feedForwardBias)
    }
    tensors.append(("model.norm.weight", [hiddenSize]))
    if !tiesEmbeddings { tensors.append(("lm_head.weight", [vocabularySize, hiddenSize])) }
    return tensors
  }

  /// Elements of one block's tensors.
  package func elements(ofLayer layer: Int) -> Int {
    expectedTensors.filter { DecoderNames.layerIndex($0.name) == layer }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// Elements of all blocks' tensors.
  package var blockElements: Int {
    expectedTensors.filter { DecoderNames.layerIndex($0.name) != nil }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// Checks that `checkpoint` holds exactly this network, in stored types that can be read.
  ///
  /// - Throws: `ModelError.tensorsDoNotMatch` with every problem.
  package func check(_ checkpoint: any Checkpoint, path: String) throws(ModelError) {
    let expected = expectedTensors
    var problems = checkpoint.problems(holding: expected)
    let names = Set(expected.map(\.name))
    for tensor in checkpoint.tensors where !names.contains(tensor.name) {
      problems.append("'\(tensor.name.shown(limit: 100))' is not part of the network")
    }
    guard problems.isEmpty else {
      throw .tensorsDoNotMatch(path: path, problems: problems)
    }
  }
}
