import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A LoRA fine-tune of a tiny network against the same run by PEFT and torch.
@Suite struct LoRAGoldenTests {
  private static let reference = "goldens/reference.safetensors"

  private struct Run {
    let training: LlamaTraining
    let batches: [NextTokenBatch]
    let reference: SafetensorsFile
    let losses: [Double]
    let rates: [Double]

    init(memory: TrainingMemory = .fastest) throws {
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
      let network = try LlamaNetwork(
        configuration: folder.configuration, base: folder.checkpoint,
        training: .lora(LoRASettings(rank: 4, alpha: 8)), random: RandomSource(seed: 1),
        memory: memory)
      for parameter in network.parameters where parameter.name.contains("lora_A") {
        let initial = try reference.tensor(Self.golden("init", parameter.name))
        _ = parameter.value.elements.update(fromContentsOf: initial.elements)
      }
      training = LlamaTraining(
        network, optimizer: OptimizerSettings(.adamW, learningRate: 0.005),
        schedule: LearningRateSchedule(.cosine), steps: batches.count)
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
        parameter.gradient.values, expected.values, absolute: 1e-7, relative: 1e-4, parameter.name)
    }
  }

  @Test(arguments: [TrainingMemory.fastest, .smallest])
  func twelveSteps(memory: TrainingMemory) throws {
    let run = try Run(memory: memory)
    var steps: [LlamaTraining.Step] = []
    try run.training.train(run.batches) { steps.append($0) }
    for (step, (loss, rate)) in zip(steps, zip(run.losses, run.rates)) {
      expectClose(step.loss, loss, absolute: 1e-5, "loss of step \(step.step)")
      expectClose(step.learningRate, rate, absolute: 1e-9, "rate of step \(step.step)")
    }
    #expect(steps.count == run.losses.count)
    for parameter in run.training.network.parameters {
      let expected = try run.reference.tensor(Run.golden("final", parameter.name))
      expectClose(parameter.value.values, expected.values, absolute: 1e-5, parameter.name)
    }
  }
}
