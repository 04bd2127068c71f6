def ba_jacobian(cameras, points, weights, features, seen_by, seen):
    # ba_jacobian at adbench_loops.py, for (float64[:, :], float64[:, :], float64[:], float64[:, :], int64[:], int64[:])
    count = len(weights)
    blocks = in_large_pages(np.empty((count, 2, 15)))
    for i in range(count):
        c = seen_by[i]
        p = seen[i]
        v1 = cameras[c, 0]
        v2 = cameras[c, 1]
        v3 = cameras[c, 2]
        v4 = cameras[c, 6]
        v5 = cameras[c, 9]
        v6 = cameras[c, 10]
        angle = math.sqrt(v1 * v1 + v2 * v2 + v3 * v3)
        a0 = v1 / angle
        a1 = v2 / angle
        a2 = v3 / angle
        m0 = points[p, 0] - cameras[c, 3]
        m1 = points[p, 1] - cameras[c, 4]
        m2 = points[p, 2] - cameras[c, 5]
        cosine = math.cos(angle)
        sine = math.sin(angle)
        v7 = a0 * m0 + a1 * m1 + a2 * m2
        v8 = 1.0 - cosine
        along = v7 * v8
        v9 = a1 * m2 - a2 * m1
        s0 = m0 * cosine + v9 * sine + a0 * along
        v10 = a2 * m0 - a0 * m2
        s1 = m1 * cosine + v10 * sine + a1 * along
        v11 = a0 * m1 - a1 * m0
        s2 = m2 * cosine + v11 * sine + a2 * along
        p0 = s0 / s2
        p1 = s1 / s2
        square = p0 * p0 + p1 * p1
        v12 = v6 * square
        distortion = 1.0 + v5 * square + v12 * square
        v13 = p0 * distortion
        v14 = p1 * distortion
        v15 = v14 * v4 + cameras[c, 8]
        w = weights[i]
        v16 = blocks[i, 0]
        v17_bar = 0.0 * v4
        p1_bar = v17_bar * distortion
        v18_bar = w * v4
        p0_bar = v18_bar * distortion
        distortion_bar = v18_bar * p0 + v17_bar * p1
        v19_bar = distortion_bar * square              # distortion = 1.0 + k1 * square + k2 * square * square
        square_bar = distortion_bar * v5 + (v19_bar * v6 + distortion_bar * v12)
        v20 = square_bar * p1                          # square = p0 * p0 + p1 * p1
        p1_bar_1 = v20 + (v20 + p1_bar)
        v21 = square_bar * p0
        p0_bar_1 = v21 + (v21 + p0_bar)
        v22 = -p1 / s2                                 # p0, p1 = s0 / s2, s1 / s2
        s1_bar = p1_bar_1 / s2
        v23 = -p0 / s2
        s0_bar = p0_bar_1 / s2
        s2_bar = p0_bar_1 * v23 + p1_bar_1 * v22
        v24_bar = s2_bar * sine
        v25_bar = s1_bar * sine
        v26_bar = -v25_bar
        along_bar = s0_bar * a0 + (s1_bar * a1 + s2_bar * a2)
        v27_bar = s0_bar * sine
        v28_bar = -v27_bar
        v29_bar = along_bar * v8
        a2_bar = v29_bar * m2 + (v28_bar * m1 + (v25_bar * m0 + s2_bar * along))
        m2_bar = v29_bar * a2 + (v27_bar * a1 + (v26_bar * a0 + s2_bar * cosine))
        a1_bar = v29_bar * m1 + (v27_bar * m2 + (s1_bar * along - v24_bar * m0))
        m1_bar = v29_bar * a1 + (v28_bar * a2 + (s1_bar * cosine + v24_bar * a0))
        a0_bar = v29_bar * m0 + (s0_bar * along + (v26_bar * m2 + v24_bar * m1))
        m0_bar = v29_bar * a0 + (s0_bar * cosine + (v25_bar * a2 - v24_bar * a1))
        v30 = (s0_bar * m0 + (s1_bar * m1 + s2_bar * m2) - along_bar * v7) * sine
        angle_bar = (s0_bar * v9 + (s1_bar * v10 + s2_bar * v11)) * cosine - v30
        v31 = -a2 / angle                              # a0, a1, a2 = r0 / angle, r1 / angle, r2 / angle
        v32 = -a1 / angle
        v33 = -a0 / angle
        v34 = divide_or_zero(0.5, angle)               # angle = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        v35_bar = (a0_bar * v33 + (a1_bar * v32 + (a2_bar * v31 + angle_bar))) * v34
        v36 = v35_bar * v3
        v37 = v35_bar * v2
        v38 = v35_bar * v1
        v39 = v13 * v4 + cameras[c, 7] - features[i, 0]
        v16[0] = v38 + (v38 + a0_bar / angle)          # angle = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        v16[1] = v37 + (v37 + a1_bar / angle)
        v16[2] = v36 + (v36 + a2_bar / angle)
        v16[3] = -m0_bar                               # m0, m1, m2 = x0 - c0, x1 - c1, x2 - c2
        v16[4] = -m1_bar
        v16[5] = -m2_bar
        v16[6] = w * v13 + 0.0 * v14
        v16[7] = w
        v16[8] = 0.0
        v16[9] = v19_bar
        v16[10] = v19_bar * square                     # distortion = 1.0 + k1 * square + k2 * square * square
        v16[11] = m0_bar
        v16[12] = m1_bar
        v16[13] = m2_bar
        v16[14] = v39
        v40 = blocks[i, 1]
        distortion_bar = v17_bar * p0 + v18_bar * p1
        v19_bar = distortion_bar * square              # distortion = 1.0 + k1 * square + k2 * square * square
        square_bar = distortion_bar * v5 + (v19_bar * v6 + distortion_bar * v12)
        v41 = square_bar * p1                          # square = p0 * p0 + p1 * p1
        p1_bar_1 = v41 + (v41 + p0_bar)
        v42 = square_bar * p0
        p0_bar = v42 + (v42 + p1_bar)
        s1_bar = p1_bar_1 / s2                         # p0, p1 = s0 / s2, s1 / s2
        s0_bar = p0_bar / s2
        s2_bar = p0_bar * v23 + p1_bar_1 * v22
        v24_bar = s2_bar * sine
        v25_bar = s1_bar * sine
        v26_bar = -v25_bar
        along_bar = s0_bar * a0 + (s1_bar * a1 + s2_bar * a2)
        v27_bar = s0_bar * sine
        v28_bar = -v27_bar
        v29_bar = along_bar * v8
        a2_bar = v29_bar * m2 + (v28_bar * m1 + (v25_bar * m0 + s2_bar * along))
        m2_bar = v29_bar * a2 + (v27_bar * a1 + (v26_bar * a0 + s2_bar * cosine))
        a1_bar = v29_bar * m1 + (v27_bar * m2 + (s1_bar * along - v24_bar * m0))
        m1_bar = v29_bar * a1 + (v28_bar * a2 + (s1_bar * cosine + v24_bar * a0))
        a0_bar = v29_bar * m0 + (s0_bar * along + (v26_bar * m2 + v24_bar * m1))
        m0_bar = v29_bar * a0 + (s0_bar * cosine + (v25_bar * a2 - v24_bar * a1))
        v43 = (s0_bar * m0 + (s1_bar * m1 + s2_bar * m2) - along_bar * v7) * sine
        angle_bar = (s0_bar * v9 + (s1_bar * v10 + s2_bar * v11)) * cosine - v43
        v35_bar = (a0_bar * v33 + (a1_bar * v32 + (a2_bar * v31 + angle_bar))) * v34
        v44 = v35_bar * v3
        v45 = v35_bar * v2
        v46 = v35_bar * v1
        v47 = v15 - features[i, 1]
        v40[0] = v46 + (v46 + a0_bar / angle)          # angle = math.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
        v40[1] = v45 + (v45 + a1_bar / angle)
        v40[2] = v44 + (v44 + a2_bar / angle)
        v40[3] = -m0_bar                               # m0, m1, m2 = x0 - c0, x1 - c1, x2 - c2
        v40[4] = -m1_bar
        v40[5] = -m2_bar
        v40[6] = 0.0 * v13 + w * v14
        v40[7] = 0.0
        v40[8] = w
        v40[9] = v19_bar
        v40[10] = v19_bar * square                     # distortion = 1.0 + k1 * square + k2 * square * square
        v40[11] = m0_bar
        v40[12] = m1_bar
        v40[13] = m2_bar
        v40[14] = v47
    return blocks
