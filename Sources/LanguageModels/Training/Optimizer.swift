package import Tensors

/// Which optimizer steps, and its constants.
package struct OptimizerSettings: Sendable, Hashable {
  package enum Method: String, Sendable, Hashable, CaseIterable {
    /// Decoupled weight decay, as `torch.optim.AdamW`.
    case adamW = "adamw"
    /// Weight decay is part of the gradient, as `torch.optim.Adam`.
    case adam
    /// Muon on matrices inside blocks, AdamW on the rest.
    case muon
    /// Steps by the sign of an interpolated momentum; Chen et al. 2023, https://arxiv.org/abs/2302.06675, algorithm 2.
    case lion
  }

  package var method: Method
  /// Largest learning rate; with Muon that of AdamW's share.
  package var learningRate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var weightDecay: Double
  /// Largest learning rate of Muon's share.
  package var muonLearningRate: Double
  package var muonMomentum: Double

  package init(
    _ method: Method, learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.999,
    epsilon: Double = 1e-8, weightDecay: Double = 0, muonLearningRate: Double = 0.02,
    muonMomentum: Double = 0.95
  ) {
    self.method = method
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.muonLearningRate = muonLearningRate
    self.muonMomentum = muonMomentum
  }
}

/// Steps over parameters along their gradients; keeps the moments.
package final class Optimizer {
  package let settings: OptimizerSettings
  /// Steps taken.
  package private(set) var steps = 0
  private let backend: any ComputeBackend
  private let adam: [(parameter: TrainedParameter, first: Tensor, second: Tensor)]
  private let muon: [(parameter: TrainedParameter, buffer: Tensor)]
  private let lion: [(parameter: TrainedParameter, momentum: Tensor)]

  package init(
    _ settings: OptimizerSettings, parameters: [TrainedParameter], backend: any ComputeBackend
  ) {
    self.settings = settings
    self.backend = backend
    let isMuon = { (parameter: TrainedParameter) in
      settings.method == .muon && parameter.kind == .hiddenMatrix
    }
    let isLion = settings.method == .lion
    adam = parameters.filter { !isMuon($0) && !isLion }.map {
      ($0, Tensor($0.value.shape), Tensor($0.value.shape))
    }
    lion = isLion ? parameters.map { ($0, Tensor($0.value.shape)) } : []
    muon = parameters.filter(isMuon).map { ($0, Tensor($0.value.shape)) }
  }

  /// Names and tensors that a resumed run needs beside the parameters.
  package var state: [(name: String, tensor: Tensor)] {
    adam.flatMap {
      [("first/\($0.parameter.name)", $0.first), ("second/\($0.parameter.name)", $0.second)]
    } + muon.map { ("momentum/\($0.parameter.name)", $0.buffer) }
      + lion.map { ("momentum/\($0.parameter.name)", $0.momentum) }
  }

  /// Takes up where a run of so many steps, whose `state` has been restored, left off.
  package func resume(after steps: Int) { self.steps = steps }

  /// One step.
  /// - Parameter factor: what the learning rates are multiplied by.
  package func step(factor: Double) {
    steps += 1
    for (parameter, first, second) in adam {
      var decay = settings.weightDecay
      if settings.method == .adam, decay != 0 {
        // forward: loss + decay / 2 · Σ value²
        for index in 0..<parameter.value.count {
          parameter.gradient[index] += Float(decay) * parameter.value[index]
        }
        decay = 0
      }
      backend.adamW(
        parameter: parameter.value, firstMoment: first, secondMoment: second,
        gradient: parameter.gradient,
        settings: AdamWSettings(
          beta1: settings.beta1, beta2: settings.beta2, epsilon: settings.epsilon,
          weightDecay: decay), learningRate: settings.learningRate * factor, step: steps)
    }
    for (parameter, momentum) in lion {
      lionStep(parameter, momentum, learningRate: settings.learningRate * factor)
    }
    guard !muon.isEmpty else { return }
    backend.muon(
      muon.map { ($0.parameter.value, $0.buffer, $0.parameter.gradient) },
      momentum: settings.muonMomentum, learningRate: settings.muonLearningRate * factor)
  }

  /// value −= rate · (sign(β₁·m + (1 − β₁)·g) + decay · value); m = β₂·m + (1 − β₂)·g.
  private func lionStep(
    _ parameter: TrainedParameter, _ momentum: Tensor, learningRate: Double
  ) {
    let (beta1, beta2) = (Float(settings.beta1), Float(settings.beta2))
    let (rate, decay) = (Float(learningRate), Float(settings.weightDecay))
    let (values, gradients, moments) = (
      parameter.value.elements, parameter.gradient.elements, momentum.elements
    )
    for index in values.indices {
      let mixed = beta1 * moments[index] + (1 - beta1) * gradients[index]
      let sign: Float = mixed > 0 ? 1 : mixed < 0 ? -1 : 0
      values[index] -= rate * (sign + decay * values[index])
      moments[index] = beta2 * moments[index] + (1 - beta2) * gradients[index]
    }
  }
}

/// Scales gradients down so that their joint norm is at most `maximum`, as `torch.nn.utils.clip_grad_norm_`.
package struct GradientClipping: Sendable, Hashable {
  /// 0 for no clipping.
  package var maximum: Double

  package init(maximum: Double) { self.maximum = maximum }

  /// - Returns: the norm before.
  package func clip(_ parameters: [TrainedParameter], backend: any ComputeBackend) -> Double {
    let norm = parameters.reduce(0.0) { $0 + backend.squaredNorm($1.gradient) }.squareRoot()
    let factor = maximum / (norm + 1e-6)
    if maximum > 0, factor < 1, norm.isFinite {
      parameters.forEach { backend.scale($0.gradient, by: Float(factor)) }
    }
    return norm
  }
}
