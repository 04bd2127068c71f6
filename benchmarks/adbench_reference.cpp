// Adjoints by hand: values and gradients of three of ADBench's objectives. No allocation inside loops; inner loops run
// over contiguous memory, so that a compiler can vectorise them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using std::exp;
using std::log;
using std::sqrt;
using std::tanh;

// Log posterior of a Gaussian mixture; `factors` holds, for each component, d log diagonals and a triangle by columns.
extern "C" double gmm(int n, int d, int count, const double *alphas, const double *means, const double *factors,
                      const double *x, double gamma, int m, double *alphas_bar, double *means_bar, double *factors_bar) {
    const int width = d + d * (d - 1) / 2;
    std::vector<double> diagonals(count * d), sums(count), moved(count * d), y(count * d), beta(count), y_bar(d), back(d);
    std::fill(alphas_bar, alphas_bar + count, 0.0);
    std::fill(means_bar, means_bar + count * d, 0.0);
    std::fill(factors_bar, factors_bar + count * width, 0.0);
    double prior = 0.0;
    for (int k = 0; k < count; k++) {
        const double *f = factors + k * width;
        double s = 0.0, squares = 0.0;
        for (int j = 0; j < d; j++) {
            diagonals[k * d + j] = exp(f[j]);
            s += f[j];
            squares += diagonals[k * d + j] * diagonals[k * d + j];
        }
        for (int j = d; j < width; j++) squares += f[j] * f[j];
        sums[k] = s;
        prior += m * s - 0.5 * gamma * gamma * squares;
    }
    double likelihood = 0.0;
    for (int i = 0; i < n; i++) {
        double top = -INFINITY;
        for (int k = 0; k < count; k++) {
            double *__restrict c = &moved[k * d], *__restrict q = &y[k * d];
            const double *column = factors + k * width + d;
            for (int j = 0; j < d; j++) {
                c[j] = x[i * d + j] - means[k * d + j];
                q[j] = diagonals[k * d + j] * c[j];
            }
            for (int j = 0; j < d; j++) {
                const double by = c[j];
                for (int r = j + 1; r < d; r++) q[r] += column[r - j - 1] * by;
                column += d - j - 1;
            }
            double squares = 0.0;
            for (int j = 0; j < d; j++) squares += q[j] * q[j];
            beta[k] = alphas[k] + sums[k] - 0.5 * squares;
            top = std::max(top, beta[k]);
        }
        double total = 0.0;
        for (int k = 0; k < count; k++) {
            beta[k] = exp(beta[k] - top);
            total += beta[k];
        }
        likelihood += top + log(total);
        for (int k = 0; k < count; k++) {
            const double share = beta[k] / total;
            const double *__restrict c = &moved[k * d], *__restrict q = &y[k * d];
            const double *column = factors + k * width + d;
            double *column_bar = factors_bar + k * width + d, *diagonal_bar = factors_bar + k * width;
            alphas_bar[k] += share;
            for (int j = 0; j < d; j++) {
                y_bar[j] = -share * q[j];
                diagonal_bar[j] += y_bar[j] * c[j];
                back[j] = y_bar[j] * diagonals[k * d + j];
            }
            for (int j = 0; j < d; j++) {
                const double by = c[j];
                double sum = back[j];
                for (int r = j + 1; r < d; r++) {
                    column_bar[r - j - 1] += y_bar[r] * by;
                    sum += column[r - j - 1] * y_bar[r];
                }
                means_bar[k * d + j] -= sum;
                column += d - j - 1;
                column_bar += d - j - 1;
            }
        }
    }
    double top = alphas[0], total = 0.0;
    for (int k = 1; k < count; k++) top = std::max(top, alphas[k]);
    for (int k = 0; k < count; k++) total += exp(alphas[k] - top);
    for (int k = 0; k < count; k++) {
        const double *f = factors + k * width;
        double *bar = factors_bar + k * width;
        const double share_all = alphas_bar[k];
        alphas_bar[k] -= n * exp(alphas[k] - top) / total;
        for (int j = 0; j < d; j++) {
            const double e = diagonals[k * d + j];
            bar[j] = (bar[j] - gamma * gamma * e) * e + m + share_all;
        }
        for (int j = d; j < width; j++) bar[j] -= gamma * gamma * f[j];
    }
    const int freedom = d + m + 1;
    double log_gamma = 0.25 * d * (d - 1) * log(M_PI);
    for (int j = 0; j < d; j++) log_gamma += std::lgamma(0.5 * (freedom - j));
    return likelihood - n * (0.5 * d * log(2 * M_PI) + top + log(total)) + prior +
           count * (freedom * d * log(gamma / sqrt(2.0)) - log_gamma);
}

// One row of 15 derivatives, by camera, point and weight, from the adjoint (pb0, pb1) of a point in the undistorted image.
static inline void ba_row(double b0, double b1, double focal, double k1, double k2, double p0, double p1, double square,
                          double distortion, double inverse, const double *a, const double *m, const double *crossed,
                          double cosine, double sine, double along, double dot, double angle_inverse, double *row) {
    row[6] = distortion * (b0 * p0 + b1 * p1);
    row[7] = b0;
    row[8] = b1;
    const double d0 = b0 * focal, d1 = b1 * focal;
    const double distortion_bar = d0 * p0 + d1 * p1;
    row[9] = distortion_bar * square;
    row[10] = row[9] * square;
    const double square_bar = distortion_bar * (k1 + 2.0 * k2 * square);
    const double p0_bar = d0 * distortion + 2.0 * square_bar * p0, p1_bar = d1 * distortion + 2.0 * square_bar * p1;
    const double s[3] = {p0_bar * inverse, p1_bar * inverse, -(p0_bar * p0 + p1_bar * p1) * inverse};
    const double along_bar = s[0] * a[0] + s[1] * a[1] + s[2] * a[2];
    const double dot_bar = along_bar * (1.0 - cosine);
    const double c_bar = s[0] * m[0] + s[1] * m[1] + s[2] * m[2] - along_bar * dot;
    const double s_bar = s[0] * crossed[0] + s[1] * crossed[1] + s[2] * crossed[2];
    const double v[3] = {sine * s[0], sine * s[1], sine * s[2]};
    const double m_bar[3] = {s[0] * cosine + v[1] * a[2] - v[2] * a[1] + dot_bar * a[0],
                             s[1] * cosine + v[2] * a[0] - v[0] * a[2] + dot_bar * a[1],
                             s[2] * cosine + v[0] * a[1] - v[1] * a[0] + dot_bar * a[2]};
    const double a_bar[3] = {m[1] * v[2] - m[2] * v[1] + s[0] * along + dot_bar * m[0],
                             m[2] * v[0] - m[0] * v[2] + s[1] * along + dot_bar * m[1],
                             m[0] * v[1] - m[1] * v[0] + s[2] * along + dot_bar * m[2]};
    const double angle_bar = s_bar * cosine - c_bar * sine -
                             (a_bar[0] * a[0] + a_bar[1] * a[1] + a_bar[2] * a[2]) * angle_inverse;
    for (int j = 0; j < 3; j++) {
        row[j] = a_bar[j] * angle_inverse + angle_bar * a[j];
        row[3 + j] = -m_bar[j];
        row[11 + j] = m_bar[j];
    }
}

// The derivatives of the two errors of each observation, (count, 2, 15).
extern "C" void ba(int count, const double *cameras, const double *points, const double *weights, const double *features,
                   const long *seen_by, const long *seen, double *blocks) {
    for (int i = 0; i < count; i++) {
        const double *camera = cameras + 11 * seen_by[i], *point = points + 3 * seen[i];
        double *row = blocks + 30 * i;
        const double angle = sqrt(camera[0] * camera[0] + camera[1] * camera[1] + camera[2] * camera[2]);
        const double angle_inverse = 1.0 / angle;
        const double a[3] = {camera[0] * angle_inverse, camera[1] * angle_inverse, camera[2] * angle_inverse};
        const double m[3] = {point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]};
        const double cosine = std::cos(angle), sine = std::sin(angle);
        const double crossed[3] = {a[1] * m[2] - a[2] * m[1], a[2] * m[0] - a[0] * m[2], a[0] * m[1] - a[1] * m[0]};
        const double dot = a[0] * m[0] + a[1] * m[1] + a[2] * m[2], along = dot * (1.0 - cosine);
        const double inverse = 1.0 / (m[2] * cosine + crossed[2] * sine + a[2] * along);
        const double p0 = (m[0] * cosine + crossed[0] * sine + a[0] * along) * inverse;
        const double p1 = (m[1] * cosine + crossed[1] * sine + a[1] * along) * inverse;
        const double square = p0 * p0 + p1 * p1;
        const double distortion = 1.0 + square * (camera[9] + camera[10] * square);
        ba_row(weights[i], 0.0, camera[6], camera[9], camera[10], p0, p1, square, distortion, inverse, a, m, crossed, cosine,
               sine, along, dot, angle_inverse, row);
        ba_row(0.0, weights[i], camera[6], camera[9], camera[10], p0, p1, square, distortion, inverse, a, m, crossed, cosine,
               sine, along, dot, angle_inverse, row + 15);
        row[14] = p0 * distortion * camera[6] + camera[7] - features[2 * i];
        row[29] = p1 * distortion * camera[6] + camera[8] - features[2 * i + 1];
    }
}

static inline double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

// Negative log likelihood of a sequence under an LSTM whose matrices are diagonal, and its gradient by main and extra.
extern "C" double lstm(int layers, int length, int d, const double *main_, const double *extra, const double *state,
                       const double *sequence, double *main_bar, double *extra_bar) {
    const int trips = length - 1, kept_of = 7;
    std::vector<double> hidden(layers * d), cell(layers * d), kept((size_t)trips * layers * d * kept_of);
    std::vector<double> x(d), ends((size_t)trips * d), powers((size_t)trips * d), sums(trips);
    for (int k = 0; k < layers; k++) {
        std::memcpy(&hidden[k * d], state + 2 * k * d, d * sizeof(double));
        std::memcpy(&cell[k * d], state + (2 * k + 1) * d, d * sizeof(double));
    }
    std::fill(main_bar, main_bar + 8 * layers * d, 0.0);
    std::fill(extra_bar, extra_bar + 3 * d, 0.0);
    double total = 0.0;
    for (int t = 0; t < trips; t++) {
        for (int j = 0; j < d; j++) x[j] = sequence[t * d + j] * extra[j];
        for (int k = 0; k < layers; k++) {
            const double *weight = main_ + 8 * k * d, *bias = weight + 4 * d;
            for (int j = 0; j < d; j++) {
                double *at = &kept[((size_t)(t * layers + k) * d + j) * kept_of];
                const double forget = sigmoid(x[j] * weight[j] + bias[j]);
                const double ingate = sigmoid(hidden[k * d + j] * weight[d + j] + bias[d + j]);
                const double outgate = sigmoid(x[j] * weight[2 * d + j] + bias[2 * d + j]);
                const double change = tanh(hidden[k * d + j] * weight[3 * d + j] + bias[3 * d + j]);
                const double old = cell[k * d + j], now = old * forget + ingate * change, bent = tanh(now);
                at[0] = x[j], at[1] = forget, at[2] = ingate, at[3] = outgate, at[4] = change, at[5] = bent, at[6] = old;
                cell[k * d + j] = now;
                x[j] = hidden[k * d + j] = outgate * bent;
            }
        }
        double s = 2.0, weight = 0.0;
        for (int j = 0; j < d; j++) {
            const double y = x[j] * extra[d + j] + extra[2 * d + j];
            ends[t * d + j] = x[j];
            s += powers[t * d + j] = exp(y);
            total += sequence[(t + 1) * d + j] * y;
            weight += sequence[(t + 1) * d + j];
        }
        sums[t] = s;
        total -= weight * log(s);
    }
    const double scale = -1.0 / ((double)trips * d);
    std::vector<double> hidden_bar(layers * d, 0.0), cell_bar(layers * d, 0.0), x_bar(d);
    for (int t = trips - 1; t >= 0; t--) {
        double share = 0.0;
        for (int j = 0; j < d; j++) share += sequence[(t + 1) * d + j];
        share /= sums[t];
        for (int j = 0; j < d; j++) {
            const double y_bar = scale * (sequence[(t + 1) * d + j] - share * powers[t * d + j]);
            extra_bar[d + j] += y_bar * ends[t * d + j];
            extra_bar[2 * d + j] += y_bar;
            x_bar[j] = y_bar * extra[d + j];
        }
        for (int k = layers - 1; k >= 0; k--) {
            const double *weight = main_ + 8 * k * d;
            double *weight_bar = main_bar + 8 * k * d, *bias_bar = weight_bar + 4 * d;
            for (int j = 0; j < d; j++) {
                const double *at = &kept[((size_t)(t * layers + k) * d + j) * kept_of];
                const double *before = at - (size_t)layers * d * kept_of;
                const double old = t > 0 ? before[3] * before[5] : state[2 * k * d + j];
                const double forget = at[1], ingate = at[2], outgate = at[3], change = at[4], bent = at[5];
                const double h_bar = x_bar[j] + hidden_bar[k * d + j];
                const double c_bar = cell_bar[k * d + j] + h_bar * outgate * (1.0 - bent * bent);
                const double f_bar = c_bar * at[6] * forget * (1.0 - forget);
                const double i_bar = c_bar * change * ingate * (1.0 - ingate);
                const double o_bar = h_bar * bent * outgate * (1.0 - outgate);
                const double g_bar = c_bar * ingate * (1.0 - change * change);
                weight_bar[j] += f_bar * at[0];
                weight_bar[d + j] += i_bar * old;
                weight_bar[2 * d + j] += o_bar * at[0];
                weight_bar[3 * d + j] += g_bar * old;
                bias_bar[j] += f_bar;
                bias_bar[d + j] += i_bar;
                bias_bar[2 * d + j] += o_bar;
                bias_bar[3 * d + j] += g_bar;
                cell_bar[k * d + j] = c_bar * forget;
                hidden_bar[k * d + j] = i_bar * weight[d + j] + g_bar * weight[3 * d + j];
                x_bar[j] = f_bar * weight[j] + o_bar * weight[2 * d + j];
            }
        }
        for (int j = 0; j < d; j++) extra_bar[j] += x_bar[j] * sequence[t * d + j];
    }
    return total * scale;
}
