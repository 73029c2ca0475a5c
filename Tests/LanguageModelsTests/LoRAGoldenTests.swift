import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A LoRA fine-tune of a tiny network against the same run by PEFT and torch.
@Suite struct LoRAGoldenTests {
  private static let reference = "goldens/reference.safetensors"

  private struct Run {
    let training: Trainer<DecoderNetwork>
    let batches: [NextTokenBatch]
    let reference: SafetensorsFile
    let losses: [Double]
    let rates: [Double]

    init(memory: TrainingMemory = .fastest, products: ComputeType = .float32) throws {
      let folder = try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
      let golden = try #require(Fixtures.json("goldens/reference.json")["lora"] as? [String: Any])
      losses = try #require(golden["losses"] as? [Double])
      rates = try #require(golden["lrs"] as? [Double])
      reference = try SafetensorsFile(path: Fixtures.path(LoRAGoldenTests.reference))
      let (shape, ids) = try Fixtures.integers(LoRAGoldenTests.reference, "lora/batches")
      batches = (0..<shape[0]).map { step in
        NextTokenBatch(
          (0..<shape[1]).map { row in
            let first = (step * shape[1] + row) * shape[2]
            return ids[first..<first + shape[2]].map { Int32($0) }
          })
      }
      let network = try DecoderNetwork(
        configuration: folder.configuration, base: folder.checkpoint,
        training: .lora(LoRASettings(rank: 4, alpha: 8)), random: RandomSource(seed: 1),
        memory: memory, backend: CPUBackend(products: products))
      for parameter in network.parameters where parameter.name.contains("lora_A") {
        let initial = try reference.tensor(Self.golden("init", parameter.name))
        _ = parameter.value.elements.update(fromContentsOf: initial.elements)
      }
      training = Trainer(
        network, optimizer: OptimizerSettings(.adamW, learningRate: 0.005),
        schedule: LearningRateSchedule(.cosine), steps: batches.count)
    }

    func step(_ batch: NextTokenBatch) throws -> TrainingStep {
      try training.step([LossTerm(.nextToken(batch, scale: 1 / batch.totalWeight))])
    }

    static func golden(_ stage: String, _ name: String) -> String {
      "lora/\(stage)/" + name.replacingOccurrences(of: ".weight", with: ".default.weight")
    }
  }

  @Test func firstGradients() throws {
    let run = try Run()
    let batch = run.batches[0]
    let loss = try run.training.network.trainNextToken(batch, scale: 1 / batch.totalWeight)
    expectClose(loss, run.losses[0], absolute: 1e-5)
    #expect(run.training.network.parameters.count == 16)
    for parameter in run.training.network.parameters {
      let expected = try run.reference.tensor(Run.golden("grad_step0", parameter.name))
      expectClose(
        parameter.gradient.values, expected.values, absolute: 1e-6, relative: 1e-3, parameter.name)
    }
  }

  @Test(arguments: [TrainingMemory.fastest, .smallest])
  func twelveSteps(memory: TrainingMemory) throws {
    let run = try Run(memory: memory)
    let steps = try run.batches.map(run.step)
    for (step, (loss, rate)) in zip(steps, zip(run.losses, run.rates)) {
      expectClose(step.loss, loss, absolute: 1e-4, "loss of step \(step.step)")
      expectClose(step.learningRate, rate, absolute: 1e-9, "rate of step \(step.step)")
    }
    #expect(steps.count == run.losses.count)
    for parameter in run.training.network.parameters {
      let expected = try run.reference.tensor(Run.golden("final", parameter.name))
      expectClose(parameter.value.values, expected.values, absolute: 1e-4, parameter.name)
    }
  }

  /// The same steps with operands rounded to bfloat16 in torch, and under its autocast, which rounds results too.
  @Test func bfloat16Products() throws {
    let golden = try #require(Fixtures.json("goldens/bfloat16.json")["lora"] as? [String: Any])
    let rounded = try #require(golden["rounded"] as? [String: Any])
    let autocast = try #require(golden["autocast"] as? [String: Any])
    let start = try Run(products: .bfloat16)
    let first = start.batches[0]
    _ = try start.training.network.trainNextToken(first, scale: 1 / first.totalWeight)
    let gradients = try #require(rounded["gradients"] as? [String: [Double]])
    #expect(gradients.count == 8)
    for parameter in start.training.network.parameters where parameter.name.contains("lora_B") {
      let name = parameter.name.replacingOccurrences(of: ".weight", with: ".default.weight")
      let expected = try #require(gradients[name])
      let size = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let difference = zip(parameter.gradient.values, expected)
        .reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }.squareRoot()
      // float32 products give others by 2 %.
      #expect(difference < 4e-3 * size, "\(name): \(difference / size)")
    }
    let run = try Run(products: .bfloat16)
    let losses = try run.batches.map { try run.step($0).loss }
    for (step, expected) in try #require(rounded["losses"] as? [Double]).enumerated() {
      // Later ones depend on signs of gradients that rounding decides: AdamW's first steps go by them.
      expectClose(
        losses[step], expected, absolute: step == 0 ? 2e-4 : 5e-3, "loss of step \(step)")
    }
    for (step, expected) in try #require(autocast["losses"] as? [Double]).enumerated() {
      expectClose(losses[step], expected, absolute: 2e-2, "autocast's loss of step \(step)")
    }
    let norms = try #require(rounded["norms"] as? [String: Double])
    #expect(norms.count == run.training.network.parameters.count)
    for parameter in run.training.network.parameters {
      let name = parameter.name.replacingOccurrences(of: ".weight", with: ".default.weight")
      let norm = parameter.value.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      expectClose(norm, try #require(norms[name]), absolute: 0, relative: 2e-3, name)
    }
  }

  /// Logits with the trained factors beside the projections, and under base − λ·(α/r)·B·A.
  @Test func logitsWithTheAdapterAndAfterNegation() throws {
    let run = try Run()
    let network = run.training.network
    for parameter in network.parameters {
      let final = try run.reference.tensor(Run.golden("final", parameter.name))
      _ = parameter.value.elements.update(fromContentsOf: final.elements)
    }
    let adapter = try #require(network.adapter())
    let delta = try adapter.delta(coefficient: -0.9)
    let negated = MemoryCheckpoint(
      try delta.tensors.map { tensor in
        let (base, change) = (
          try network.base.tensor(tensor.name), try delta.tensor(tensor.name)
        )
        return (tensor.name, tensor.shape, zip(base.values, change.values).map(+))
      })
    let after = try DecoderNetwork(
      configuration: network.configuration,
      base: try network.base.replacing(negated), training: .all,
      random: RandomSource(seed: 1))
    let ids = try Fixtures.integers(Self.reference, "tiny-llama/seq0/input_ids").1
    let batch = TokenBatch([ids.map { Int32($0) }])
    for (model, name) in [(network, "lora/logits_after"), (after, "tvn/logits_after")] {
      let pass = try model.forward(batch)
      var logits: [Float] = []
      try model.forEachLogits(of: pass, rows: Array(ids.indices), dHidden: nil) { _, chunk in
        logits += chunk.values
      }
      expectClose(logits, try run.reference.tensor(name).values, absolute: 1e-4, name)
    }
  }
}
